#include <libpq-fe.h>

/* Macros that Swift doesn't import. */

static const char godwit_diagnostic_sqlstate = PG_DIAG_SQLSTATE;
static const char godwit_diagnostic_message = PG_DIAG_MESSAGE_PRIMARY;
static const char godwit_diagnostic_constraint = PG_DIAG_CONSTRAINT_NAME;
