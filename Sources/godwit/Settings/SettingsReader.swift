import Configuration
import Foundation
import GodwitCore
import SystemPackage

/// A setting that can't be used; the text names it as the user wrote it.
struct SettingError: Error, CustomStringConvertible {
    let description: String

    init(_ setting: Setting, _ problem: String) { description = "\(setting.name) (\(setting.environmentName)): \(problem)" }
    init(_ description: String) { self.description = description }
}

/// Looks settings up: flags first, then the environment, then the file.
struct SettingsReader {
    private var given: [String: String] = [:]

    /// - Parameters:
    ///   - flags: what was given on the command line, by `Setting.name`.
    ///   - file: the YAML file; when nil, `godwit.yaml` if it exists.
    init(flags: [String: String], file: String?) async throws {
        var providers: [any ConfigProvider] = [
            InMemoryProvider(
                name: "flags",
                values: Dictionary(
                    uniqueKeysWithValues: flags.map { name, value in
                        (AbsoluteConfigKey([name]), ConfigValue(.string(value), isSecret: false))
                    })),
            EnvironmentVariablesProvider(secretsSpecifier: .specific([Setting.jwtSecret.environmentName]))
                .prefixKeys(with: "godwit"),
        ]
        do {
            providers.append(
                try await FileProvider<YAMLSnapshot>(filePath: FilePath(file ?? "godwit.yaml"), allowMissing: file == nil))
        } catch {
            throw SettingError("the settings file \(file ?? "godwit.yaml") can't be used: \(error)")
        }
        let reader = ConfigReader(providers: providers)
        for setting in Setting.all {
            do {
                let key = ConfigKey([setting.name])
                given[setting.name] = try await reader.fetchString(forKey: key, isSecret: setting.isSecret)
            } catch {
                throw SettingError(setting, "is not a text or a number")
            }
        }
    }

    /// Variables that look like settings and are none: somebody believes that they have an effect.
    static var unknownVariables: [String] {
        // The last three are read by the commands of clients.
        let known = Set(Setting.all.map(\.environmentName) + ["GODWIT_SERVER", "GODWIT_TOKEN", SecretOption.variable])
        return ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("GODWIT_") && !known.contains($0) }.sorted()
    }

    func text(_ setting: Setting) -> String { given[setting.name] ?? setting.standard }

    /// nil when nobody gave one.
    func optional(_ setting: Setting) -> String? {
        guard let text = given[setting.name], !text.isEmpty else { return nil }
        return text
    }

    func bool(_ setting: Setting) throws -> Bool {
        switch text(setting).lowercased() {
        case "true", "1", "yes", "on": true
        case "false", "0", "no", "off": false
        default: throw SettingError(setting, "expected true or false")
        }
    }

    func int(_ setting: Setting, in range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(text(setting)), range.contains(number) else {
            throw SettingError(setting, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func duration(_ setting: Setting, in range: ClosedRange<Duration>) throws -> Duration {
        let text = text(setting)
        guard let duration = Duration(parsing: text), range.contains(duration) else {
            throw SettingError(setting, "'\(text)' is not a span within its limits; write a number and a unit, like 15s")
        }
        return duration
    }
}
