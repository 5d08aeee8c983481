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

    /// As the other, for lists whose pages may end before they are full: they go on behind the last thing that was looked at.
    init<Stored, Kind: Identified>(
        _ page: Page<Stored>, of kind: Kind.Type, iterator: (Stored) -> String, row: (Stored) -> Item?
    ) {
        let end = page.end.map { end in
            (text: Identifier<Kind>(key: end.key, nonce: .init(high: 0, low: 0)).description, isBackwards: end.isBackwards)
        }
        items = page.items.compactMap(row)
        self.iterator = end.flatMap { $0.isBackwards ? nil : $0.text } ?? page.items.last.map(iterator)
        previousIterator =
            (end.flatMap { $0.isBackwards ? $0.text : nil } ?? page.items.first.map(iterator)).map { "-" + $0 }
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
