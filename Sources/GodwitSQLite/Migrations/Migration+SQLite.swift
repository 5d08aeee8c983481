import GodwitSQL

extension Migration {
    static let sqlite = [m0001Foundation, m0002Policies, m0003Surface, m0004Lists, m0005Retention]
}
