import ArgumentParser

struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Print what every setting means: the page Docs/settings.md.")

    func run() { print(Self.page, terminator: "") }

    private static var page: String {
        let intro = """
            # Settings

            A setting has one name: a flag of `godwit serve`, a `GODWIT_` variable, a line of `godwit.yaml` (or of the file given \
            with `--config`). Flags win over variables, variables over the file. A server warns of a variable that begins with \
            `GODWIT_` and is none of these.

            This page is what `godwit settings` prints.

            | Flag | Environment | Line of `godwit.yaml` | Default | Meaning |
            |---|---|---|---|---|
            """
        return ([intro] + Setting.all.map(row)).joined(separator: "\n") + "\n"
    }

    private static func row(_ setting: Setting) -> String {
        let flag = setting.isSecret ? "none" : "`--\(setting.name)`"
        let standard = setting.standard.isEmpty ? "none" : setting.isSecret ? setting.standard : "`\(setting.standard)`"
        return "| \(flag) | `\(setting.environmentName)` | `\(setting.name):` | \(standard) | \(setting.help) |"
    }
}
