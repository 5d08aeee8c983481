#if Postgres
import GodwitSQL

extension Migration {
    /// Numbers and names are those of SQLite's.
    static let postgres = [m0001Foundation, m0002Policies, m0003Surface, m0004Lists, m0005Retention]
}
#endif
