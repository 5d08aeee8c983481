package import GodwitCore

/// A member of `stores` has also those of `godwit bench --output json` from `accepted` to `database`, of the round with the median
/// throughput; the server's CPU and memory are those of all nodes together, and `ratios` are null where there is nothing to compare with.
///
/// ```
/// {"godwit":"0.1.0","command":"godwit bench --store postgres://db/godwit","cores":2,"processor":"…","settings":{…},
///  "stores":[{"store":"postgres","nodes":2,"stored_messages":0,"delivered_per_s_of_each_round":[1.0],
///             "accepted":{…},…,"database":{…},
///             "ratios":{"throughput_of_sqlite":1.000,"throughput_of_empty":null,"cpu_of_one_node":1.000}},…],
///  "filled":[{"store":"sqlite","messages":1,"seconds":1.0,"bytes":1},…],
///  "goals":[{"name":"stored_ratio_postgres_2","measured":1.000,"at_least":0.900,"met":true},…],"verdict":"met","problems":[]}
/// ```
extension StoreReport: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            if let first = rows.first?.median {
                writer.field("godwit", first.settings.version)
                writer.field("command", first.settings.commandLine)
                writer.field("cores", first.settings.cores)
                writer.field("processor", first.settings.processor)
                writer.object("settings") { first.writeSettings(to: &$0) }
            }
            writer.array("stores") { writer in
                for row in rows { writer.object { write(row, to: &$0) } }
            }
            writer.array("filled") { writer in
                for filling in fillings {
                    writer.object { writer in
                        writer.field("store", filling.kind.rawValue)
                        writer.field("messages", filling.messages)
                        writer.field("seconds", Fixed(filling.seconds))
                        writer.field("bytes", filling.bytes)
                    }
                }
            }
            verdict.write(to: &writer)
        }
    }

    private func write(_ row: Row, to writer: inout JSONWriter) {
        writer.field("store", row.kind.rawValue)
        writer.field("nodes", row.nodes)
        writer.field("stored_messages", row.stored)
        writer.array("delivered_per_s_of_each_round") { writer in
            for run in row.runs { Fixed(run.delivered?.perSecond ?? 0).write(to: &writer) }
        }
        row.median?.writeFigures(to: &writer)
        writer.object("ratios") { writer in
            writer.field("throughput_of_sqlite", Fixed(ratioToSQLite(row), places: 3))
            writer.field("throughput_of_empty", Fixed(ratioToEmpty(row), places: 3))
            writer.field("cpu_of_one_node", Fixed(costRatioToOneNode(row), places: 3))
        }
    }
}
