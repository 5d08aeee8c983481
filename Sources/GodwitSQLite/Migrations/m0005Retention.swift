import GodwitSQL

/// What forgets what is old. Minutes are folded into their hours before; so hours are all that is left of old statistics.
let m0005Retention = Migration(
    number: 5, name: "retention",
    sql: """
        CREATE INDEX endpoint_statistics_hours ON endpoint_statistics (minute, endpoint_key)
            WHERE minute % 60 = 0 AND pending = 0 AND sending = 0;
        """)
