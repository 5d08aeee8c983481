import GodwitCore
import GodwitStore

/// One page of a list: `{"data": […], "iterator": …, "prevIterator": …, "done": …}`.
struct ListAnswer<Item: JSONWritable>: JSONWritable {
    let items: [Item]
    /// Of the last and the first item; nil on an empty page.
    let iterator: String?
    let previousIterator: String?
    /// There is nothing more in the direction that was asked for.
    let done: Bool

    /// - Parameters:
    ///   - row: how an item is shown; nil leaves it out.
    ///   - iterator: the name under which the list goes on behind an item.
    init<Stored>(_ page: Page<Stored>, iterator: (Stored) -> String, row: (Stored) -> Item?) {
        items = page.items.compactMap(row)
        self.iterator = page.items.last.map(iterator)
        previousIterator = page.items.first.map { "-" + iterator($0) }
        done = !page.hasMore
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("data", items)
            writer.field("iterator", iterator)
            writer.field("prevIterator", ifPresent: previousIterator)
            writer.field("done", done)
        }
    }
}
