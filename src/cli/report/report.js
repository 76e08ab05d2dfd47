// Draws the report from the data in the page, which are the answers of
// rmap-inspect in the words of the schema rmap-inspect/1.
//
// Names in them are whatever somebody chose to call a process or a file. They
// reach the page as text nodes alone, never as markup.
(function () {
"use strict";

const report = JSON.parse(document.getElementById("data").textContent);
const info = report.info || {};
const source = info.source || (report.summary || {}).source || {};
const summary = report.summary || null;
const pageSize = summary ? summary.page_size : 4096;

// ---- values in words ----

const UNKNOWN = "–";
const grouped = new Intl.NumberFormat("en-US");

// What would not be seen, or would turn the text around, is shown as a code.
function plain(text) {
	return String(text).replace(
		/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
		(c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
}

function isKnown(value) {
	return value !== null && value !== undefined;
}

function count(n) {
	return isKnown(n) ? grouped.format(n) : UNKNOWN;
}

function size(bytes) {
	const units = ["B", "KiB", "MiB", "GiB", "TiB"];
	let unit = 0;

	if (!isKnown(bytes))
		return UNKNOWN;
	while (Math.abs(bytes) >= 1024 && unit < units.length - 1) {
		bytes /= 1024;
		unit++;
	}
	const digits = unit === 0 || Math.abs(bytes) >= 100 ? 0 :
		Math.abs(bytes) >= 10 ? 1 : 2;
	return bytes.toFixed(digits) + " " + units[unit];
}

function pages(n) {
	return isKnown(n) ? n * pageSize : null;
}

function percent(part, whole) {
	if (!isKnown(part) || !whole)
		return UNKNOWN;
	const value = 100 * part / whole;
	return value > 0 && value < 0.1 ? "< 0.1 %" : value.toFixed(1) + " %";
}

function plural(n, one, many) {
	return count(n) + " " + (n === 1 ? one : many);
}

function taskWords(tasks, mm) {
	if (!tasks || !tasks.length)
		return "no process found" + (mm ? ", mm " + mm : "");
	return tasks.map((task) => (task.comm || "?") + " (" + task.pid + ")")
		.join(", ");
}

function memcgWords(memcg) {
	return memcg ? memcg.path || memcg.address : "could not be seen";
}

// ---- elements ----

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes || {}))
		if (isKnown(value) && value !== false)
			node.setAttribute(name, value);
	for (const child of children)
		if (isKnown(child))
			node.append(child.nodeType ? child : plain(child));
	return node;
}

function h(tag, attributes, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
	return fill(document.createElementNS("http://www.w3.org/2000/svg", tag),
		    attributes, children);
}

// ---- sections ----

const main = document.getElementById("main");
const navigation = document.getElementById("nav");

// short: what it is called in the list of sections.
function section(id, title, about, short) {
	const node = h("section", { id, "aria-labelledby": id + "-title" },
		       h("h2", { id: id + "-title" }, title));

	if (about)
		node.append(h("p", { class: "about" }, about));
	navigation.append(h("a", { href: "#" + id }, short || title));
	main.append(node);
	return node;
}

function notice(kind, text) {
	return h("p", { class: "notice " + kind }, text);
}

function nothing(text) {
	return h("p", { class: "nothing" }, text);
}

// ---- tables ----

// Each column: its label, what a row is sorted by (null: not known, always
// last), and how that is written.
const as = {
	text: (label, of) => ({ label, of, write: String }),
	names: (label, of) => ({ label, of, write: String, class: "names" }),
	word: (label, of) => ({ label, of, write: String, class: "word" }),
	count: (label, of) => ({ label, of, write: count, class: "n" }),
	/* As one would type it: grouped digits are found nowhere else. */
	number: (label, of) => ({ label, of, write: String, class: "n" }),
	size: (label, of) => ({ label, of, write: size, class: "n" }),
	share: (label, of, whole) => ({
		label, of, write: (n) => percent(n, whole), class: "n",
	}),
	address: (label, of) => ({
		label, of, write: String, class: "address",
		order: (address) => BigInt(address),
	}),
};

function compare(a, b) {
	if (typeof a === "string" && typeof b === "string")
		return a.localeCompare(b, "en", { numeric: true });
	return a < b ? -1 : a > b ? 1 : 0;
}

function sortRows(rows, column, falling) {
	const keyed = rows.map((row) => {
		const value = column.of(row.data);
		const known = isKnown(value);

		return { row, known,
			 key: known && column.order ? column.order(value) : value };
	});

	keyed.sort((a, b) => {
		if (a.known !== b.known)
			return a.known ? -1 : 1;
		const order = a.known ? compare(a.key, b.key) : 0;
		return (falling ? -order : order) || a.row.place - b.row.place;
	});
	return keyed.map((item) => item.row);
}

function cellWords(column, data) {
	const value = column.of(data);

	return isKnown(value) ? column.write(value) : UNKNOWN;
}

const ROWS_AT_FIRST = 20;

// One table that can be sorted and searched. options.leftOut: rows that the
// report has no room for; options.first: how many are shown at first.
function table(caption, columns, list, options = {}) {
	const rows = list.map((data, place) => ({ data, place }));
	const first = options.first || ROWS_AT_FIRST;
	const body = h("tbody");
	const status = h("span", { class: "status", role: "status" });
	const more = h("button", { type: "button", class: "more" });
	const search = h("input", {
		type: "search", placeholder: "Search", autocomplete: "off",
		spellcheck: "false", "aria-label": "Search in: " + plain(caption),
	});
	const heads = columns.map((column) => {
		const button = h("button", { type: "button" }, column.label);
		const head = h("th", { scope: "col", class: column.class }, button);

		button.addEventListener("click", () => sortBy(column, head));
		return head;
	});
	let order = rows;
	let all = false;

	function wordsOf(row) {
		if (row.words === undefined)
			row.words = columns.map((column) =>
				cellWords(column, row.data)).join("\n")
				.toLowerCase();
		return row.words;
	}

	function newRow(row) {
		return h("tr", {}, ...columns.map((column) =>
			h("td", { class: column.class },
			  cellWords(column, row.data))));
	}

	function show() {
		const wanted = search.value.trim().toLowerCase();
		const found = wanted ?
			order.filter((row) => wordsOf(row).includes(wanted)) : order;
		const shown = all ? found : found.slice(0, first);
		const left = options.leftOut ?
			", " + count(options.leftOut) + " more not in this report" : "";

		body.replaceChildren(...shown.map(newRow));
		status.textContent = (shown.length < found.length ?
			count(shown.length) + " shown of " : "") +
			(wanted ? count(found.length) + " found in " : "") +
			plural(rows.length, "row", "rows") + left;
		more.hidden = found.length <= first;
		more.textContent = all ? "Show fewer" :
			"Show all " + count(found.length);
	}

	function sortBy(column, head) {
		const before = head.getAttribute("aria-sort");
		const falling = before ? before === "ascending" :
			column.class === "n";

		for (const other of heads)
			other.removeAttribute("aria-sort");
		head.setAttribute("aria-sort", falling ? "descending" : "ascending");
		order = sortRows(rows, column, falling);
		show();
	}

	search.addEventListener("input", show);
	more.addEventListener("click", () => {
		all = !all;
		show();
	});
	show();
	return h("div", { class: "table" },
		 h("p", { class: "table-title", "aria-hidden": "true" }, caption),
		 h("div", { class: "tools" }, search, status, more),
		 h("div", { class: "scroll", role: "region", tabindex: "0",
			    "aria-label": plain(caption) },
		   h("table", {}, h("caption", {}, caption),
		     h("thead", {}, h("tr", {}, ...heads)), body)));
}

function tableOr(text, caption, columns, list, options) {
	return list && list.length ? table(caption, columns, list, options) :
		nothing(text);
}

// ---- charts ----

const COLOURS = 8;	// --c1 … of the style

// Bars of one colour; the words beside each say the same.
function bars(caption, items) {
	const largest = Math.max(...items.map((item) => item.value || 0), 1);
	const rows = items.map((item) => h("li", {},
		h("span", { class: "label", title: plain(item.label) }, item.label),
		svg("svg", { class: "bar", "aria-hidden": "true" },
		    svg("rect", { width: "100%", height: "100%", class: "track" }),
		    svg("rect", {
			    width: 100 * (item.value || 0) / largest + "%",
			    height: "100%", class: "value",
		    })),
		h("span", { class: "amount" }, item.words)));

	return h("figure", { class: "chart" }, h("figcaption", {}, caption),
		 h("ol", { class: "bars" }, ...rows));
}

function topBars(caption, list, label, value) {
	const known = list.filter((item) => value(item) > 0)
		.sort((a, b) => value(b) - value(a)).slice(0, 12);

	return known.length ? bars(caption, known.map((item) => ({
		label: label(item), value: value(item), words: size(value(item)),
	}))) : null;
}

// One bar of parts, each with its colour and an entry below.
function stack(caption, parts, whole) {
	let at = 0;
	const rects = parts.map((part) => {
		const width = 100 * part.value / whole;
		const rect = svg("rect", {
			x: at + "%", width: width + "%", height: "100%",
			class: part.colour,
		}, svg("title", {}, part.label + ": " + size(part.value)));

		at += width;
		return rect;
	});
	const words = parts.map((part) => part.label + " " +
				percent(part.value, whole)).join(", ");

	return h("figure", { class: "chart" }, h("figcaption", {}, caption),
		 svg("svg", { class: "stack", role: "img",
			      "aria-label": plain(words) }, ...rects),
		 h("ul", { class: "legend" }, ...parts.map((part) => h("li", {},
			svg("svg", { class: "swatch", "aria-hidden": "true" },
			    svg("rect", { width: "100%", height: "100%",
					  class: part.colour })),
			h("span", { class: "name" }, part.label),
			h("span", { class: "amount" }, size(part.value)),
			h("span", { class: "percent" },
			  percent(part.value, whole))))));
}

function kindParts() {
	const used = summary.kinds.filter((kind) => kind.kind !== "free");
	const free = summary.kinds.filter((kind) => kind.kind === "free");
	const largest = used.slice(0, COLOURS);
	const rest = used.slice(COLOURS);
	const parts = largest.map((kind, i) => ({
		label: kind.kind, value: pages(kind.frames),
		colour: "c" + (i + 1),
	}));

	if (rest.length)
		parts.push({ label: plural(rest.length, "other kind", "other kinds"),
			     colour: "other",
			     value: rest.reduce((sum, kind) =>
				     sum + pages(kind.frames), 0) });
	for (const kind of free)
		parts.push({ label: "free", value: pages(kind.frames),
			     colour: "free" });
	return parts;
}

// ---- gaps ----

function pagesOf(part) {
	return part && part.pages || [];
}

// [part, its gaps, how many more there are, of which page]
function gapLists() {
	const lists = [["report", report.gaps, 0]];
	const take = (name, part, where) => {
		if (part)
			lists.push([name, part.gaps, part.gaps_left_out, where]);
	};

	take("sums", summary);
	take("KSM", report.ksm);
	for (const document of report.families || [])
		take("family " + document.family.root, document.family);
	take("poisoned pages", report.poisoned);
	take("audit", report.audit);
	take("references", report.held);
	for (const page of pagesOf(report.shared))
		take("shared pages", page, page.pfn);
	for (const page of pagesOf(report.poisoned))
		take("poisoned pages", page, page.pfn);
	for (const page of pagesOf(report.held))
		take("held pages", page, page.pfn);
	for (const node of report.ksm ? report.ksm.nodes : [])
		take("KSM", node.page, node.pfn);
	return lists;
}

// The same gap is met by several parts: it is told once.
function allGaps() {
	const gaps = new Map();
	let leftOut = 0;

	for (const [part, list, more, pfn] of gapLists()) {
		leftOut += more || 0;
		for (const gap of list) {
			const where = [pfn ? "PFN " + pfn : null, gap.where]
				.filter(isKnown).join(", ");
			const key = JSON.stringify([gap.what, where, gap.why]);
			const known = gaps.get(key) ||
				{ what: gap.what, where, why: gap.why,
				  parts: new Set() };

			known.parts.add(part);
			gaps.set(key, known);
		}
	}
	return { list: [...gaps.values()], leftOut };
}

const gaps = allGaps();

// ---- the first screen ----

function card(state, title, value, about, target) {
	const marks = { good: "✓", bad: "✕", warn: "!", none: "–" };
	const words = { good: "in order", bad: "attention", warn: "note",
			none: "not known" };

	return h("a", { class: "card " + state, href: "#" + target },
		 h("span", { class: "card-title" }, title),
		 h("span", { class: "card-value" },
		   h("span", { class: "mark", role: "img",
			       "aria-label": words[state] }, marks[state]),
		   value),
		 h("span", { class: "card-about" }, about));
}

function gapCard() {
	const n = gaps.list.length + gaps.leftOut;

	if (report.complete)
		return card("good", "Completeness", "complete",
			    "nothing that was asked for was hidden", "gaps");
	return card("warn", "Completeness", n ? plural(n, "gap", "gaps") :
		    "incomplete", "something could not be seen", "gaps");
}

function auditCard() {
	const audit = report.audit;

	if (!audit)
		return card("none", "Audit", "not done", "see the gaps", "audit");
	const checked = audit.rules.filter((rule) => rule.checked).length;
	const about = "by " + checked + " of " + audit.rules.length + " rules";

	if (audit.n_findings)
		return card("bad", "Audit",
			    plural(audit.n_findings, "finding", "findings"),
			    about, "audit");
	return card(checked === audit.rules.length ? "good" : "none", "Audit",
		    "no findings", about, "audit");
}

function poisonCard() {
	const poisoned = report.poisoned;
	const title = "Failed memory";

	if (!poisoned || poisoned.complete === false)
		return card("none", title, "not known", "see the gaps", "poisoned");
	if (poisoned.none_because)
		return card("none", title, "not marked",
			    "this kernel marks no page", "poisoned");
	if (poisoned.n)
		return card("bad", title, plural(poisoned.n, "page", "pages"),
			    "marked as poisoned", "poisoned");
	return card(poisoned.gaps.length ? "none" : "good", title, "none",
		    "no page is marked as poisoned", "poisoned");
}

function heldCard() {
	const held = report.held;
	const title = "References";

	if (!held)
		return card("none", title, "not known", "see the gaps", "held");
	if (held.unexplained)
		return card("warn", title, count(held.unexplained) + " unexplained",
			    count(held.pinned) + " pinned", "held");
	return card(held.pinned ? "warn" : "good", title,
		    held.pinned ? count(held.pinned) + " pinned" : "all explained",
		    held.pinned ? "none unexplained" : "no page is pinned", "held");
}

function facts(pairs) {
	const list = h("dl", { class: "facts" });

	for (const [name, value, style] of pairs)
		if (isKnown(value))
			list.append(h("div", {}, h("dt", {}, name),
				      h("dd", { class: style }, value)));
	return list;
}

// Seconds since 1970, or null where they are beyond what a date can be.
function time(seconds) {
	const date = new Date(seconds * 1000);

	return isKnown(seconds) && !isNaN(date) ?
		date.toISOString().replace("T", " ").slice(0, 19) + " UTC" : null;
}

function dumpFacts() {
	const about = info.info || {};
	const layouts = [source.layouts, source.symbols].filter(isKnown);

	return facts([
		["Dump", source.core, "path"],
		["Kernel", source.release], ["Architecture", source.architecture],
		["Crashed", time(about.crash_time)], ["Host", about.host],
		["Format", [source.format, about.compression === "none" ?
			"not compressed" : about.compression].filter(isKnown)
			.join(", ") || null],
		["Pages in the dump", isKnown(about.pages_present) ?
			count(about.pages_present) +
			(about.pages_excluded ? ", " + count(about.pages_excluded) +
			 " left out by the dump" : "") : null],
		["Build ID", source.build_id, "address"],
		["vmlinux", source.vmlinux, "path"],
		["Layouts and symbols", layouts.join(", ") || null],
		["KASLR offset", source.kaslr_offset, "address"],
	]);
}

function largestProcess() {
	const first = summary.processes[0];

	return first && isKnown(first.pss_bytes) ?
		taskWords(first.tasks, first.mm) + ", " +
		size(first.pss_bytes) + " PSS" : null;
}

function memoryFacts() {
	const free = summary.kinds.find((kind) => kind.kind === "free");
	const total = summary.all.frames;
	const processes = summary.processes.length +
		(summary.processes_left_out || 0);

	return facts([
		["Memory with a struct page", size(pages(total))],
		["In use", free ? size(pages(total - free.frames)) + ", " +
			percent(total - free.frames, total) : null],
		["Mapped by processes", isKnown(summary.all.mapped) ?
			size(pages(summary.all.mapped)) + ", by " +
			count(summary.all.mappings) + " mappings" : null],
		["Address spaces", count(processes)],
		["Largest process", largestProcess()],
		["Saved by KSM", summary.ksm_saved ?
			size(pages(summary.ksm_saved)) : null],
	]);
}

function overview() {
	const node = section("overview", "Overview");

	if (source.incomplete)
		node.append(notice("bad", "The dump says of itself that it is " +
				   "incomplete: pages may be missing."));
	if (source.matched === false)
		node.append(notice("bad", "The vmlinux is of another kernel than " +
				   "the dump and was used by force: all that " +
				   "follows may be wrong."));
	if (summary && summary.partial || report.audit && report.audit.partial)
		node.append(notice("warn", "Partial: the work was ended before " +
				   "all was read. What is here is right; see " +
				   "the gaps for what is missing."));
	if (report.redacted)
		node.append(notice("note", "Names that people gave (commands, " +
				   "paths, cgroups, hosts) are replaced by " +
				   "hashes; the same name has the same hash " +
				   "everywhere."));
	node.append(h("div", { class: "cards" }, gapCard(), auditCard(),
		      poisonCard(), heldCard()));
	if (summary && summary.all.frames)
		node.append(stack("All of memory by kind of page, " +
				  size(pages(summary.all.frames)),
				  kindParts(), pages(summary.all.frames)));
	node.append(h("div", { class: "columns" },
		      h("div", {}, h("h3", {}, "The dump"), dumpFacts()),
		      summary ? h("div", {}, h("h3", {}, "Its memory"),
				  memoryFacts()) : null));
}

// ---- sums ----

const sumColumns = () => [
	as.size("Size", (row) => pages(row.frames)),
	as.count("Pages", (row) => row.frames),
	as.count("Mapped", (row) => row.mapped),
	as.count("Mappings", (row) => row.mappings),
	as.count("Dirty", (row) => row.dirty),
];

function kinds() {
	const node = section("kinds", "Memory by kind",
		"Every page that has a struct page, by what it is used for.");
	const total = summary.all.frames;

	node.append(topBars("Largest kinds in use", summary.kinds
		.filter((kind) => kind.kind !== "free"), (kind) => kind.kind,
		(kind) => pages(kind.frames)) || "");
	node.append(table("Memory by kind of page", [
		as.word("Kind", (row) => row.kind),
		as.share("Share", (row) => row.frames, total),
		...sumColumns(),
	], summary.kinds));
}

function processes() {
	const node = section("processes", "Processes",
		"One row for each address space. PSS divides each page by the " +
		"number of its mappings, USS counts pages that nobody else maps; " +
		"all are from the page tables.");
	const label = (row) => taskWords(row.tasks, row.mm);

	node.append(topBars("Largest by PSS", summary.processes, label,
			    (row) => row.pss_bytes) ||
		    nothing("PSS is not known of any process."));
	node.append(tableOr("No address spaces were seen.", "Processes", [
		as.text("Process", label),
		as.number("PID", (row) => row.tasks.length ? row.tasks[0].pid : null),
		as.size("PSS", (row) => row.pss_bytes),
		as.size("USS", (row) => pages(row.uss)),
		as.size("RSS", (row) => pages(row.rss)),
		as.size("Anon", (row) => pages(row.anon)),
		as.size("File", (row) => pages(row.file)),
		as.size("Shmem", (row) => pages(row.shmem)),
		as.size("Hugetlb", (row) => pages(row.hugetlb)),
		as.size("Swap", (row) => pages(row.swapped)),
		as.size("SwapPSS", (row) => row.swap_pss_bytes),
		as.count("Poisoned", (row) => row.poisoned),
		as.count("VMAs", (row) => row.vmas),
		as.address("mm_struct", (row) => row.mm),
	], summary.processes, { leftOut: summary.processes_left_out }));
}

function cgroups() {
	const node = section("cgroups", "Memory cgroups",
		"Pages by the cgroup that they are charged to. A dying cgroup " +
		"was removed and lives on in its pages.");
	const label = (row) => memcgWords(row.memcg);

	node.append(topBars("Largest cgroups", summary.memcgs, label,
			    (row) => pages(row.frames)) || "");
	node.append(tableOr("No page is charged to a cgroup.", "Memory cgroups", [
		as.text("Cgroup", label),
		as.word("State", (row) => row.memcg && row.memcg.state),
		as.text("Container", (row) => row.memcg && row.memcg.container),
		...sumColumns(),
	], summary.memcgs, { leftOut: summary.memcgs_left_out }));
}

function leftOf(top) {
	return isKnown(top.n) ? top.n - top.largest.length : 0;
}

function files() {
	const node = section("files", "Files", "Page cache and shared memory by file.");
	const list = summary.files.largest;
	const label = (row) => row.path || (isKnown(row.inode) ?
		row.filesystem + " inode " + row.inode : row.address_space);

	node.append(topBars("Largest files in memory", list, label,
			    (row) => pages(row.frames)) || "");
	node.append(tableOr("No files are in memory.", "Files in memory", [
		as.text("File", label),
		as.word("Type", (row) => row.filesystem),
		as.word("Device", (row) => isKnown(row.major) ?
			row.major + ":" + row.minor : null),
		as.number("Inode", (row) => row.inode),
		...sumColumns(),
		as.address("address_space", (row) => row.address_space),
	], list, { leftOut: leftOf(summary.files) }));
}

// ---- pages in full ----

function mappedBy(page) {
	const names = [...new Set(page.mappings.map((mapping) =>
		taskWords(mapping.tasks, mapping.mm)))];

	if (page.mappings_left_out)
		names.push(plural(page.mappings_left_out, "more mapping",
				  "more mappings"));
	return names.join(", ") || null;
}

function referenceWords(page) {
	return page.references ? page.references.map(({ count: n, holder }) =>
		n + " " + (n === 1 ? holder.replace(/(mapping|reference)s$/, "$1") :
			   holder)).join(" + ") || null : null;
}

function verdictWords(page, what) {
	const verdict = page.verdict && page.verdict[what];

	return verdict && verdict.answer ? [verdict.answer, ...verdict.reasons]
		.join(", ").replace(", ", verdict.reasons.length ? ": " : ", ") : null;
}

const pageColumns = [
	as.address("PFN", (row) => row.pfn),
	as.word("Kind", (row) => row.kind),
	as.count("Mappings", (row) =>
		row.mappings.length + (row.mappings_left_out || 0)),
	as.names("Mapped by", mappedBy),
	as.text("File", (row) => row.path),
	as.count("Refcount", (row) => row.refcount),
	as.text("Known references", referenceWords),
	as.count("Unexplained", (row) => row.unexplained),
	as.text("Reclaim", (row) => verdictWords(row, "reclaim")),
	as.text("Migration", (row) => verdictWords(row, "migrate")),
	as.text("Cgroup", (row) => row.memcg && memcgWords(row.memcg)),
];

function shared() {
	const node = section("shared", "Shared pages",
		"Which processes share how much, and the pages with the most " +
		"mappings.");
	const sharers = (row) => row.processes.map((process) =>
		taskWords(process.tasks, process.mm)).join(", ") +
		(row.processes_left_out ? ", " + count(row.processes_left_out) +
		 " more" : "");
	const top = report.shared;

	if (summary.partial)
		node.append(notice("warn", "Who maps a page is known only when all " +
				   "page tables have been read."));
	node.append(tableOr("No pages are shared.", "Groups of sharers", [
		as.size("Size", (row) => pages(row.frames)),
		as.count("Pages", (row) => row.frames),
		as.count("Mappings", (row) => row.mappings),
		as.count("Processes", (row) =>
			row.processes.length + (row.processes_left_out || 0)),
		as.names("Shared by", sharers),
		as.address("First PFN", (row) => row.pfn),
	], summary.sharings.largest, { leftOut: leftOf(summary.sharings) }));
	if (top)
		node.append(tableOr("No page is mapped twice.",
				    "Pages with the most mappings", pageColumns,
				    top.pages, {
					    first: 10,
					    leftOut: isKnown(summary.pages.n) ?
						summary.pages.n - top.pages.length : 0,
				    }));
}

// ---- KSM ----

function ksm() {
	const node = section("ksm", "Kernel same-page merging (KSM)",
		"Pages of the same contents that ksmd has merged into one.",
		"KSM");
	const part = report.ksm;

	if (!part) {
		node.append(nothing("Not known: see the gaps."));
		return;
	}
	const sums = part.summary;

	node.append(facts([
		["Saved", size(pages(sums.saved)) + ", " +
			plural(sums.saved, "page", "pages")],
		["Stable nodes", count(sums.nodes)],
		["Mappings of their pages", count(sums.sharers)],
		["Chains", count(sums.chains)], ["Stale nodes", count(sums.stale)],
		["The kernel counts", count(sums.pages_shared) +
			" pages_shared, " + count(sums.pages_sharing) +
			" pages_sharing"],
	]));
	node.append(tableOr("No pages are merged.", "Merged pages", [
		as.address("PFN", (row) => row.pfn),
		as.size("Saved", (row) => pages(row.saved)),
		as.count("Sharers", (row) => row.sharers),
		as.word("Role", (row) => row.role + (row.stale ? ", stale" : "")),
		as.names("Mapped by", (row) => row.page && mappedBy(row.page)),
		as.text("Cgroups", (row) => row.cgroups.map((cgroup) =>
			(cgroup.path || UNKNOWN) + " " + cgroup.sharers)
			.join(", ") || null),
		as.address("Stable node", (row) => row.node),
	], part.nodes.sort((a, b) => b.saved - a.saved),
	{ leftOut: part.nodes_left_out }));
}

// ---- families of anon_vmas ----

const BOX = { width: 216, height: 54, across: 46, down: 12 };
const CHILDREN = 4;	// drawn of one parent
const LINES = 22;	// of boxes in a drawing

function tail(address) {
	return "…" + address.slice(-6);
}

function shorten(text, max) {
	text = plain(text);
	return text.length > max ? text.slice(0, max - 1) + "…" : text;
}

// A list that was cut ends somewhere in the tree: whoever is above its last
// item may have more below than is known here.
function markOpen(family, nodes) {
	const last = family.anon_vmas[family.anon_vmas.length - 1];
	let node = family.anon_vmas_left_out && last ?
		nodes.get(last.anon_vma) : null;

	while (node && !node.open) {
		node.open = true;
		node = nodes.get(node.item.parent);
	}
}

// {item, children, below, open} of the root; who has no parent in the list is
// its child.
function treeOf(family) {
	const nodes = new Map(family.anon_vmas.map((item) =>
		[item.anon_vma, { item, children: [], below: 0, open: false }]));
	const root = nodes.get(family.root);

	markOpen(family, nodes);

	for (const node of nodes.values()) {
		const parent = nodes.get(node.item.parent) || root;

		if (node !== root && parent)
			parent.children.push(node);
	}
	// Each stands behind its parent.
	for (const node of [...nodes.values()].reverse())
		node.below = node.children.reduce(
			(sum, child) => sum + 1 + child.below, 0);
	return root;
}

function ownVmas(family, address) {
	return family.vmas.filter((vma) => vma.anon_vma === address);
}

function counterWords(item) {
	const counters = [["refs", item.refcount], ["degree", item.degree],
			  ["children", item.num_children],
			  ["VMAs", item.num_active_vmas]];

	return item.seen ? counters.filter(([, n]) => isKnown(n))
		.map(([name, n]) => name + " " + n).join(" · ") :
		"could not be read";
}

function ownerWords(family, item) {
	const own = ownVmas(family, item.anon_vma);

	if (!own.length)
		return item.reusable ? "no VMA, reused by the next fork" :
			family.vmas_left_out ? "" : "no VMA of its own";
	return taskWords(own[0].tasks, own[0].mm) +
		(own.length > 1 ? " +" + (own.length - 1) : "");
}

// Places boxes: a leaf takes a line, a parent stands at its first child's.
function place(node, depth, state) {
	const box = { node, depth, line: state.lines, children: [], hidden: 0 };
	const shown = node.children.slice(0, CHILDREN);

	state.boxes.push(box);
	state.depth = Math.max(state.depth, depth);
	for (const child of shown) {
		if (state.lines >= LINES) {
			box.hidden += 1 + child.below;
			continue;
		}
		if (box.children.length)
			state.lines++;
		box.children.push(place(child, depth + 1, state));
	}
	for (const child of node.children.slice(CHILDREN))
		box.hidden += 1 + child.below;
	if (box.hidden || node.open) {
		if (box.children.length)
			state.lines++;
		box.noteLine = state.lines;
		state.depth = Math.max(state.depth, depth + 1);
	}
	return box;
}

const xOf = (depth) => 4 + depth * (BOX.width + BOX.across);
const yOf = (line) => 4 + line * (BOX.height + BOX.down);

function edge(from, depth, line, style) {
	const x = xOf(from.depth) + BOX.width;
	const y = yOf(from.line) + BOX.height / 2;
	const middle = x + BOX.across / 2;

	return svg("path", { class: "edge " + style, d: ["M", x, y, "H", middle,
		"V", yOf(line) + BOX.height / 2, "H", xOf(depth)].join(" ") });
}

function boxOf(box, family) {
	const item = box.node.item;
	const isRoot = item.anon_vma === family.root;
	const x = xOf(box.depth), y = yOf(box.line);
	const words = [(isRoot ? "root " : "") + tail(item.anon_vma),
		       counterWords(item), ownerWords(family, item)];

	return svg("g", { class: "box" + (isRoot ? " root" : "") +
			  (item.seen ? "" : " unseen") +
			  (item.reusable ? " reusable" : "") },
		   svg("title", {}, item.anon_vma + "\n" + words[1] + "\n" + words[2]),
		   svg("rect", { x, y, width: BOX.width, height: BOX.height,
				 rx: 4 }),
		   ...words.map((text, i) => svg("text", {
			   x: x + 10, y: y + 17 + 15 * i, class: "line" + i,
		   }, shorten(text, 34))));
}

function noteOf(box) {
	return svg("text", { x: xOf(box.depth + 1) + 6, class: "rest",
			     y: yOf(box.noteLine) + BOX.height / 2 + 4 },
		   box.node.open ? "… " + (box.hidden ? count(box.hidden) +
			" and maybe more" : "maybe more") + " below" :
			"… " + count(box.hidden) + " more below");
}

function drawFamily(family) {
	const root = treeOf(family);
	const state = { boxes: [], lines: 0, depth: 0 };

	if (!root)
		return nothing("The root could not be seen.");
	place(root, 0, state);
	const width = xOf(state.depth) + BOX.width + 4;
	const height = yOf(state.lines) + BOX.height + 4;
	const n = family.anon_vmas.length + (family.anon_vmas_left_out || 0);
	const drawing = svg("svg", {
		class: "tree", role: "img", width, height,
		viewBox: "0 0 " + width + " " + height,
		"aria-label": "Tree of " + n + " anon_vmas below root " +
			family.root + ", of which " + state.boxes.length +
			" are drawn; the table has more",
	});

	for (const box of state.boxes) {
		for (const child of box.children)
			drawing.append(edge(box, child.depth, child.line, ""));
		if (isKnown(box.noteLine))
			drawing.append(edge(box, box.depth + 1, box.noteLine,
					    "hidden"), noteOf(box));
	}
	drawing.append(...state.boxes.map((box) => boxOf(box, family)));
	return h("figure", { class: "drawing" },
		 h("div", { class: "scroll", tabindex: "0", role: "region",
			    "aria-label": "Drawing of family " + family.root },
		   drawing),
		 h("p", { class: "status" }, count(state.boxes.length) + " of " +
		   plural(n, "anon_vma", "anon_vmas") + " drawn" +
		   (family.anon_vmas_left_out ? "; of " +
		    count(family.anon_vmas_left_out) + " this report does not " +
		    "have the place in the tree" : "")));
}

function familyBlock(document, isOpen) {
	const family = document.family;
	const n = family.anon_vmas.length + (family.anon_vmas_left_out || 0);
	const nVmas = family.vmas.length + (family.vmas_left_out || 0);
	const title = "Root " + family.root + ": " +
		plural(n, "anon_vma", "anon_vmas") + ", " +
		plural(nVmas, "VMA", "VMAs");

	return h("details", { class: "family", open: isOpen ? "" : null },
		 h("summary", {}, title), drawFamily(family),
		 table("Members of the family of " + family.root, [
			 as.address("anon_vma", (row) => row.anon_vma),
			 as.address("Parent", (row) => row.parent),
			 as.count("Depth", (row) => row.depth),
			 as.count("Refcount", (row) => row.refcount),
			 as.count("Degree", (row) => row.degree),
			 as.count("Children", (row) => row.num_children),
			 as.count("Active VMAs", (row) => row.num_active_vmas),
			 as.count("AVCs", (row) => row.seen ?
				 row.avcs.length + (row.avcs_left_out || 0) : null),
			 as.word("Reusable", (row) => row.reusable ? "yes" : "no"),
			 as.text("Own VMA of", (row) =>
				 ownVmas(family, row.anon_vma).map((vma) =>
					 taskWords(vma.tasks, vma.mm)).join(", ") ||
				 null),
		 ], family.anon_vmas, { leftOut: family.anon_vmas_left_out }));
}

function families() {
	const node = section("families", "anon_vma families",
		"Each root and what forks made below it. A page is looked for in " +
		"the VMAs below its anon_vma: the larger the family, the longer " +
		"reclaim and migration walk.");
	const top = summary.families;

	node.append(tableOr("There are no anonymous pages.", "Largest families", [
		as.address("Root", (row) => row.root),
		as.count("anon_vmas with pages", (row) => row.anon_vmas),
		as.count("Depth", (row) => row.depth),
		...sumColumns(),
	], top.largest, { leftOut: leftOf(top) }));
	(report.families || []).forEach((document, i) =>
		node.append(familyBlock(document, i === 0)));
}

// ---- what may be wrong ----

function poisoned() {
	const node = section("poisoned", "Failed memory",
		"Pages that the kernel has marked as poisoned (hwpoison), and who " +
		"had them.");
	const part = report.poisoned;

	if (!part)
		node.append(nothing("Not known: see the gaps."));
	else if (part.none_because)
		node.append(nothing("Not known: " + part.none_because + "."));
	else
		node.append(tableOr(part.complete ? "No page is marked." :
				    "Not known: see the gaps.", "Poisoned pages",
				    pageColumns, part.pages,
				    { leftOut: part.n - part.pages.length }));
}

function held() {
	const node = section("held", "Pinned pages and unexplained references",
		"Folios that somebody has pinned, and those whose references are " +
		"more (or, negative, fewer) than mappings, caches and other known " +
		"holders account for.", "References");
	const part = report.held;

	if (!part) {
		node.append(nothing("Not known: see the gaps."));
		return;
	}
	node.append(facts([
		["Pinned folios", count(part.pinned)],
		["With unexplained ones", count(part.unexplained)],
	]));
	node.append(tableOr("There are none.", "Pinned pages and unexplained " +
			    "references", pageColumns, part.pages,
			    { leftOut: part.n - part.pages.length }));
}

function objectWords(finding) {
	return finding.objects.map((object) => object.type + " " + object.address)
		.join(", ");
}

function lockWords(lock) {
	if (!lock)
		return null;
	return lock.name + (lock.object ? " of " + lock.object : "") +
		(lock.comm ? ", held by " + lock.comm + " (" + lock.pid + ")" : "");
}

function audit() {
	const node = section("audit", "Audit",
		"The reverse map and all page tables, held against each other and " +
		"against what the kernel promises.");
	const part = report.audit;

	if (!part) {
		node.append(nothing("Not done: see the gaps."));
		return;
	}
	node.append(tableOr("No rule was found broken.", "Findings", [
		as.word("Severity", (row) => row.severity),
		as.word("Rule", (row) => row.rule),
		as.text("What was found", (row) => row.detail),
		as.text("Objects", objectWords),
		as.text("Lock held", (row) => lockWords(row.lock)),
	], part.findings, { leftOut: part.n_findings - part.findings.length }));
	node.append(table("Rules", [
		as.word("Rule", (row) => row.rule),
		as.text("The kernel promises that", (row) => row.promise),
		as.count("Findings", (row) => row.findings),
		as.word("All of the dump", (row) => row.checked ? "checked" :
			"not checked"),
	], part.rules));
	node.append(table("Looked at", [
		as.word("What", ([name]) => name.replace("_", " ")),
		as.count("Number", ([, n]) => n),
	], Object.entries(part.looked_at)));
}

function gapSection() {
	const node = section("gaps", "Gaps",
		"What could not be seen, and why. What concerns it may be missing " +
		"above.");

	node.append(tableOr(report.complete ? "None: all that was asked for " +
			    "could be seen." : "Something is missing, and nothing " +
			    "more is known about it.", "Gaps", [
		as.text("What", (row) => row.what),
		as.text("Where", (row) => row.where || null),
		as.text("Why", (row) => row.why),
		as.text("Concerns", (row) => [...row.parts].join(", ")),
	], gaps.list, { leftOut: gaps.leftOut }));
}

// ---- the page ----

function heading() {
	const name = source.core ? source.core.split("/").pop() : "dump";
	const words = [source.release, source.architecture,
		       time((info.info || {}).crash_time)].filter(isKnown);

	document.title = "Memory report: " + plain(name);
	document.getElementById("title").textContent =
		"Memory report: " + plain(name);
	document.getElementById("subtitle").textContent =
		plain(words.join(" · "));
	document.getElementById("footer").textContent =
		"Made by rmap-inspect " + plain(report.version) + " from " +
		plain(source.core || "a dump") + ". Sizes are in powers of 1024; " +
		UNKNOWN + " is what is not known.";
}

// Which of the two it is follows the system until somebody chooses.
function themes() {
	const button = document.getElementById("theme");
	const dark = window.matchMedia("(prefers-color-scheme: dark)");
	let chosen = null;

	function show() {
		const theme = chosen || (dark.matches ? "dark" : "light");
		const other = theme === "dark" ? "light" : "dark";

		document.documentElement.dataset.theme = theme;
		button.textContent = other === "dark" ? "Dark theme" : "Light theme";
		return other;
	}

	button.addEventListener("click", () => {
		chosen = show();
		show();
	});
	dark.addEventListener("change", show);
	show();
}

// On paper nothing can be opened.
function printing() {
	window.addEventListener("beforeprint", () => {
		for (const details of document.querySelectorAll("details"))
			details.open = true;
	});
}

heading();
themes();
printing();
overview();
if (summary) {
	kinds();
	processes();
	cgroups();
	files();
	shared();
	families();
}
ksm();
poisoned();
held();
audit();
gapSection();
}());
