import GodwitCore
import GodwitStore

extension Store {
    /// A message by the key alone, which is only known where the message was found before.
    func message(application: Int64, key: Int64) throws(StoreError) -> Message? {
        let page = PageRequest<Int64>(limit: 1, position: .after(key + 1), order: .descending)
        return try messages(application: application, MessageFilter(), page).items.first { $0.id.key == key }
    }
}
