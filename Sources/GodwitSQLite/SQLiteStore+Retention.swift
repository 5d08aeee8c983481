import GodwitSQL
package import GodwitStore

extension SQLiteStore {
    package func storedBytes() throws(StoreError) -> Int64? {
        try read { connection throws(StoreError) in try connection.first(StoredBytes()) }
    }
}

/// Pages that are free are used before the file grows.
private struct StoredBytes: PlainStatement {
    static let sql = """
        SELECT (page_count - freelist_count) * page_size
        FROM   pragma_page_count, pragma_freelist_count, pragma_page_size
        """

    static func decode(_ row: some SQLRow) -> Int64 { row.integer(0) }
}
