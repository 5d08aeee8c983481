import ArgumentParser

struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Print the table of all settings, as in Docs/settings.md.")

    func run() { print(Self.table, terminator: "") }

    static var table: String {
        var lines = [
            "| Flag | Environment | Line of `godwit.yaml` | Default | Meaning |",
            "|---|---|---|---|---|",
        ]
        for setting in Setting.all {
            let flag = setting.isSecret ? "–" : "`--\(setting.name)`"
            let standard = setting.standard.isEmpty ? "none" : setting.isSecret ? setting.standard : "`\(setting.standard)`"
            lines.append(
                "| \(flag) | `\(setting.environmentName)` | `\(setting.name):` | \(standard) | \(setting.help) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
