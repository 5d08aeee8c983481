#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#elif __has_include(<postgresql/libpq-fe.h>)
/* Debian, without pkg-config. */
#include <postgresql/libpq-fe.h>
#else
#error "libpq, PostgreSQL's client library, is missing: install libpq-dev, or build without: swift build --disable-default-traits"
#endif

/* Else libpq writes them to the standard error. */
static void godwit_drop_notice(void *context, const PGresult *notice) {}
static inline void godwit_ignore_notices(PGconn *connection) {
    PQsetNoticeReceiver(connection, godwit_drop_notice, 0);
}

/* Macros that Swift doesn't import. */

static const char godwit_diagnostic_sqlstate = PG_DIAG_SQLSTATE;
static const char godwit_diagnostic_message = PG_DIAG_MESSAGE_PRIMARY;
static const char godwit_diagnostic_constraint = PG_DIAG_CONSTRAINT_NAME;
