#include <sqlite3.h>

/* Macros that Swift doesn't import. */

static const int godwit_constraint_unique = SQLITE_CONSTRAINT_UNIQUE;
static const int godwit_constraint_primary_key = SQLITE_CONSTRAINT_PRIMARYKEY;

/* A function with a variable number of arguments, which Swift doesn't import either. */
static inline int godwit_disable_memory_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static inline int godwit_bind_text_copy(sqlite3_stmt *statement, int index, const char *text, int count) {
    return sqlite3_bind_text(statement, index, text, count, SQLITE_TRANSIENT);
}

static inline int godwit_bind_blob_copy(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}
