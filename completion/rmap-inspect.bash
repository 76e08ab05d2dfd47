# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of rmap-inspect for bash. Options are those that --help tells,
# processes those of the dump on the line.
# shellcheck shell=bash

# The long options.
_rmap_inspect_options() {
	"$1" --help 2>/dev/null | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--.*'
}

# Processes with an address space in the dump $2, from the table of --summary.
_rmap_inspect_pids() {
	"$1" -q "$2" --summary --top 1000000 2>/dev/null |
		awk '/^address spaces/ { on = 1; next } /^$/ { on = 0 }
		     on && $1 ~ /^[0-9]+$/ { print $1 }'
}

# The first file on the line: it is the dump, or the kernel beside it.
_rmap_inspect_dump() {
	local word

	for word in "${COMP_WORDS[@]:1}"; do
		[[ $word != -* && -f $word ]] && echo "$word" && return
	done
}

_rmap_inspect() {
	local tool=$1 current=$2 previous=$3 words=

	# --option=value comes as three words.
	if [[ $previous == '=' ]]; then
		previous=${COMP_WORDS[COMP_CWORD-2]}
	elif [[ $current == '=' ]]; then
		current=
	fi
	COMPREPLY=()
	case $previous in
	--format) words='text brief json jsonl csv dot' ;;
	--color) words='auto always never' ;;
	--method) words='rmap scan both' ;;
	--pid) words=$(_rmap_inspect_pids "$tool" "$(_rmap_inspect_dump)") ;;
	--debug-dir | --cache-dir | --tmpdir)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
		return
		;;
	*) [[ $current != -* ]] || words=$(_rmap_inspect_options "$tool") ;;
	esac
	if [[ $words ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
	else
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
	fi
}

complete -F _rmap_inspect rmap-inspect
