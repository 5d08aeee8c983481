import Foundation

/// Standard output for people who watch: each line is there as soon as it is said, also in a file or a pipe, where `print` would
/// keep it back until much has come together.
enum Console {
    static func say(_ line: String = "") { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
