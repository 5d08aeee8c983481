import Foundation

/// Single keys of a terminal, without Enter and without an echo. The terminal is given back as it was.
struct Keyboard: Sendable {
    private let before: termios
    let keys: AsyncStream<Character>

    /// nil unless a person sits at both ends.
    init?() {
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
        var settings = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
        before = settings
        // Signals stay: Ctrl-C must end the command whatever it does.
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        guard unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings) == 0 else { return nil }
        let (keys, continuation) = AsyncStream.makeStream(of: Character.self, bufferingPolicy: .bufferingNewest(16))
        self.keys = keys
        // A thread of its own, for reading a terminal blocks; it ends with the process.
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while unsafe read(STDIN_FILENO, &byte, 1) == 1 { continuation.yield(Character(Unicode.Scalar(byte))) }
            continuation.finish()
        }
    }

    func giveBack() {
        var settings = before
        _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }
}
