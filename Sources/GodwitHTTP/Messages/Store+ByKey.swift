import GodwitCore
import GodwitStore

extension Store {
    /// A message by the key alone, which is only known where the message was found before.
    func message(application: Int64, key: Int64) throws(StoreError) -> Message? {
        guard let id = try messageIDs([key])[key] else { return nil }
        return try message(application: application, .id(key: key, text: id.description))
    }
}
