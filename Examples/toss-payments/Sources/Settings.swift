import Foundation
import GodwitReceiver

/// 환경 변수로 받는 설정.
struct Settings {
    /// 개발자센터의 "보안 키"(16진수 64자). 지급대행 웹훅의 서명을 검증합니다.
    let securityKey: String
    /// 시크릿 키(test_sk_…, live_sk_…). 결제를 다시 조회할 때 씁니다.
    let secretKey: String
    let api: URL
    let host: String
    let port: Int
    /// SQLite 파일.
    let database: String
    /// 이 주소에서 온 요청만 받습니다. nil이면 어디서 오든 받고, 검증 결과로만 판단합니다.
    let sources: SourceAddresses?

    init(_ environment: [String: String]) throws {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard let securityKey = value("TOSS_SECURITY_KEY") else {
            throw SettingsError("TOSS_SECURITY_KEY가 없습니다. 개발자센터의 API 키 메뉴에 있는 보안 키를 넣어 주세요.")
        }
        guard let secretKey = value("TOSS_SECRET_KEY") else {
            throw SettingsError("TOSS_SECRET_KEY가 없습니다. test_sk_ 또는 live_sk_로 시작하는 시크릿 키를 넣어 주세요.")
        }
        guard let api = URL(string: value("TOSS_API") ?? "https://api.tosspayments.com"), api.host != nil else {
            throw SettingsError("TOSS_API가 URL이 아닙니다.")
        }
        guard let port = Int(value("PORT") ?? "3003"), (1...65535).contains(port) else {
            throw SettingsError("PORT는 1부터 65535까지의 숫자여야 합니다.")
        }
        self.securityKey = securityKey
        self.secretKey = secretKey
        self.api = api
        self.port = port
        host = value("HOST") ?? "127.0.0.1"
        database = value("DATABASE") ?? "toss.db"
        if value("ONLY_FROM_TOSS") == "1" {
            let proxies = value("TRUSTED_PROXIES")?.split(separator: ",").map(String.init) ?? []
            sources = try SourceAddresses(Self.tossAddresses, trustedProxies: proxies)
        } else {
            sources = nil
        }
    }

    /// 토스페이먼츠가 안내하는 웹훅 발신 IP. 테스트와 라이브가 같습니다.
    static let tossAddresses = [
        "13.124.18.147", "13.124.108.35", "3.36.173.151", "3.38.81.32",
        "115.92.221.121", "115.92.221.122", "115.92.221.123", "115.92.221.125", "115.92.221.126", "115.92.221.127",
    ]
}

struct SettingsError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
