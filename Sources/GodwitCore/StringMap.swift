/// Text by text, in the order in which it was given: metadata and custom headers. Keys are unique; the last one wins.
package struct StringMap: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var key: String
        package var value: String
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    package init(_ pairs: some Sequence<(String, String)>) {
        for (key, value) in pairs { self[key] = value }
    }

    package var isEmpty: Bool { entries.isEmpty }
    package var count: Int { entries.count }

    package subscript(key: String) -> String? {
        get { entries.first { $0.key == key }?.value }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(key: key, value: value))
            case (nil, nil): break
            }
        }
    }
}
