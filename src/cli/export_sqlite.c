/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rows into a SQLite database. It grows beside its final name, under which it
 * is to be found when it is whole, on the disk, and not before.
 *
 * Nobody else sees it before, so that it needs neither a journal nor locks.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "escape.h"
#include "export.h"
#include "export_views.h"
#include "interrupt.h"
#include "log.h"
#include "new_file.h"
#include "progress.h"
#include "sheet.h"

/* "RMAP": tells an export from other databases (file(1), and open below). */
#define APPLICATION_ID	0x524d4150

/* A statement for many rows takes a third of the time of one for each. */
#define ROWS_AT_ONCE	32

/* The rows of a table that are not inserted yet. */
struct batch {
	sqlite3_stmt *one, *many;
	struct rmi_value *values;	/* their texts are ours, and UTF-8 */
	size_t n_rows;
};

struct writer {
	struct new_file file;
	sqlite3 *db;
	const struct rmi_table *tables;
	size_t n_tables;
	struct batch *batches;		/* of each table */
	bool failed;			/* and told why */
};

static bool fail(struct writer *writer, const char *why)
{
	if (!writer->failed && !interrupt_is_held(NULL)) {
		progress_clear();
		log_error("--export '%s': %s; nothing is kept",
			  writer->file.path, why);
	}
	writer->failed = true;
	return false;
}

static bool fail_sql(struct writer *writer)
{
	return fail(writer, sqlite3_errmsg(writer->db));
}

static bool run_sql(struct writer *writer, const char *sql)
{
	return sqlite3_exec(writer->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       fail_sql(writer);
}

/* Consumes sql. */
static bool run_new_sql(struct writer *writer, char *sql)
{
	bool good = run_sql(writer, sql);

	free(sql);
	return good;
}

/* ---- an empty database ---- */

/* https://sqlite.org/fileformat.html: the header's magic and bytes 68 to 71. */
static bool is_export(int fd)
{
	unsigned char head[72];

	return read(fd, head, sizeof(head)) == (ssize_t)sizeof(head) &&
	       !memcmp(head, "SQLite format 3", 16) &&
	       (head[68] << 24 | head[69] << 16 | head[70] << 8 | head[71]) ==
	       APPLICATION_ID;
}

static const struct new_file_kind database = {
	"--export", "export", is_export,
};

/* The address of the kernel as text: SQLite's integers have a sign. */
static const char *sql_type(rmi_value_type type)
{
	return type == RMI_VALUE_INTEGER ? "INTEGER" : "TEXT";
}

static char *create_words(const struct rmi_table *table)
{
	char *words = NULL;
	size_t n = 0;
	FILE *sql = need(open_memstream(&words, &n));

	fprintf(sql, "CREATE TABLE %s (", table->name);
	for (size_t i = 0; i < table->n_columns; i++)
		fprintf(sql, "%s%s %s%s", i ? ", " : "",
			table->columns[i].name,
			sql_type(table->columns[i].type),
			!i && table->has_key ? " PRIMARY KEY" : "");
	fputs(")", sql);
	fclose(sql);
	return need(words);
}

static char *insert_words(const struct rmi_table *table, size_t n_rows)
{
	char *words = NULL;
	size_t n = 0;
	FILE *sql = need(open_memstream(&words, &n));

	fprintf(sql, "INSERT INTO %s VALUES ", table->name);
	for (size_t i = 0; i < n_rows; i++) {
		fputs(i ? ", (" : "(", sql);
		for (size_t j = 0; j < table->n_columns; j++)
			fputs(j ? ", ?" : "?", sql);
		fputs(")", sql);
	}
	fclose(sql);
	return need(words);
}

static bool prepare_insert(struct writer *writer,
			   const struct rmi_table *table, size_t n_rows,
			   sqlite3_stmt **ret_insert)
{
	char *sql = insert_words(table, n_rows);
	int result = sqlite3_prepare_v2(writer->db, sql, -1, ret_insert, NULL);

	free(sql);
	return result == SQLITE_OK || fail_sql(writer);
}

static bool prepare_batch(struct writer *writer, const struct rmi_table *table,
			  struct batch *batch)
{
	batch->values = need(calloc(ROWS_AT_ONCE * table->n_columns,
				    sizeof(*batch->values)));
	return prepare_insert(writer, table, 1, &batch->one) &&
	       prepare_insert(writer, table, ROWS_AT_ONCE, &batch->many);
}

static void batch_fini(struct batch *batch, const struct rmi_table *table)
{
	sqlite3_finalize(batch->one);
	sqlite3_finalize(batch->many);
	for (size_t i = 0; i < batch->n_rows * table->n_columns; i++)
		free((void *)batch->values[i].text);
	free(batch->values);
	*batch = (struct batch) { 0 };
}

static bool create_tables(struct writer *writer)
{
	bool good = true;

	for (size_t i = 0; i < writer->n_tables && good; i++)
		good = run_new_sql(writer, create_words(&writer->tables[i])) &&
		       prepare_batch(writer, &writer->tables[i],
				     &writer->batches[i]);
	return good;
}

/* SQLite asks now and then; anything but 0 ends what it does. */
static int is_interrupted(void *arg)
{
	(void)arg;
	return interrupt_is_held(NULL);
}

#define STEPS_BETWEEN_QUESTIONS	100000

static bool make_database(struct writer *writer)
{
	static const char settings[] =
		"PRAGMA page_size = 8192;"
		"PRAGMA journal_mode = OFF;"
		"PRAGMA synchronous = OFF;"
		"PRAGMA locking_mode = EXCLUSIVE;"
		"PRAGMA cache_size = -32768;"		/* KiB */
		"PRAGMA threads = 2;";			/* that sort */
	char *id = format_new("PRAGMA application_id = %d", APPLICATION_ID);

	/* By one thread at a time: neither locks nor a count of its memory. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sqlite3_open_v2(writer->file.growing, &writer->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK) {
		free(id);
		return fail_sql(writer);
	}
	sqlite3_progress_handler(writer->db, STEPS_BETWEEN_QUESTIONS,
				 is_interrupted, NULL);
	return run_sql(writer, settings) && run_new_sql(writer, id) &&
	       run_sql(writer, "BEGIN") && create_tables(writer);
}

static void close_database(struct writer *writer)
{
	for (size_t i = 0; i < writer->n_tables; i++)
		batch_fini(&writer->batches[i], &writer->tables[i]);
	sqlite3_close(writer->db);
	writer->db = NULL;
}

static void close_file(void *arg)
{
	struct writer *writer = arg;

	close_database(writer);
	new_file_fini(&writer->file);
	free(writer->batches);
	free(writer);
}

static void *open_file(const char *path)
{
	struct writer *writer = need(calloc(1, sizeof(*writer)));

	writer->tables = rmi_export_tables(&writer->n_tables);
	writer->batches = need(calloc(writer->n_tables,
				      sizeof(*writer->batches)));
	if (new_file_begin(&writer->file, &database, path) &&
	    make_database(writer))
		return writer;
	close_file(writer);
	return NULL;
}

/* ---- rows ---- */

static int bind_address(sqlite3_stmt *insert, int column, int64_t address)
{
	char words[MAX_HEX];
	char *end = put_hex(words, (uint64_t)address);

	return sqlite3_bind_text(insert, column, words, (int)(end - words),
				 SQLITE_TRANSIENT);
}

static int bind(sqlite3_stmt *insert, int column, const struct rmi_value *value)
{
	switch (value->type) {
	case RMI_VALUE_INTEGER:
		return sqlite3_bind_int64(insert, column, value->number);
	case RMI_VALUE_ADDRESS:
		return bind_address(insert, column, value->number);
	case RMI_VALUE_TEXT:
		return sqlite3_bind_text(insert, column, value->text, -1,
					 SQLITE_STATIC);
	default:
		return sqlite3_bind_null(insert, column);
	}
}

/* As many values as the statement takes; their texts are released. */
static bool insert(struct writer *writer, sqlite3_stmt *statement,
		   struct rmi_value *values, size_t n)
{
	int result = SQLITE_OK;

	for (size_t i = 0; i < n && result == SQLITE_OK; i++)
		result = bind(statement, (int)i + 1, &values[i]);
	if (result == SQLITE_OK && sqlite3_step(statement) == SQLITE_DONE)
		result = sqlite3_reset(statement);
	else
		result = SQLITE_ERROR;
	for (size_t i = 0; i < n; i++) {
		free((void *)values[i].text);
		values[i].text = NULL;
	}
	return result == SQLITE_OK || fail_sql(writer);
}

static bool put_row(const struct rmi_table *table,
		    const struct rmi_value *values, void *arg)
{
	struct writer *writer = arg;
	struct batch *batch = &writer->batches[table - writer->tables];
	struct rmi_value *room =
		&batch->values[batch->n_rows * table->n_columns];

	for (size_t i = 0; i < table->n_columns; i++) {
		room[i] = values[i];
		if (values[i].text)
			room[i].text = escape_for_json(values[i].text);
	}
	if (++batch->n_rows < ROWS_AT_ONCE)
		return true;
	batch->n_rows = 0;
	return insert(writer, batch->many, batch->values,
		      ROWS_AT_ONCE * table->n_columns);
}

static bool put_rest(struct writer *writer, const struct rmi_table *table,
		     struct batch *batch)
{
	bool good = true;

	for (size_t i = 0; i < batch->n_rows && good; i++)
		good = insert(writer, batch->one,
			      &batch->values[i * table->n_columns],
			      table->n_columns);
	return good;
}

/* ---- the end ---- */

/* For each column that names a row of another table; many name none. */
static char *index_words(const struct rmi_table *table,
			 const struct rmi_column *column)
{
	return format_new("CREATE INDEX %s_%s ON %s (%s) "
			  "WHERE %s IS NOT NULL", table->name, column->name,
			  table->name, column->name, column->name);
}

static bool index_table(struct writer *writer, const struct rmi_table *table)
{
	bool good = true;

	for (size_t i = 0; i < table->n_columns && good; i++)
		if (table->columns[i].of[0])
			good = run_new_sql(writer, index_words(
					table, &table->columns[i]));
	return good;
}

static bool finish_tables(struct writer *writer)
{
	bool good = true;

	for (size_t i = 0; i < writer->n_tables && good; i++) {
		progress_report("tables, indexing", i, writer->n_tables, NULL);
		good = put_rest(writer, &writer->tables[i],
				&writer->batches[i]) &&
		       index_table(writer, &writer->tables[i]);
	}
	return good;
}

static bool create_views(struct writer *writer)
{
	bool good = true;

	for (size_t i = 0; export_views[i] && good; i++)
		good = run_sql(writer, export_views[i]);
	return good;
}

static bool finish(void *arg)
{
	struct writer *writer = arg;

	if (writer->failed || !finish_tables(writer) || !create_views(writer) ||
	    !run_sql(writer, "PRAGMA analysis_limit = 1000; ANALYZE; COMMIT"))
		return false;
	close_database(writer);
	return new_file_publish(&writer->file) ||
	       fail(writer, strerror(errno));
}

const struct export_sink export_sqlite = {
	open_file, put_row, finish, close_file,
};
