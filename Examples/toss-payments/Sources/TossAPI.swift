import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// 결제를 다시 조회합니다. 웹훅에 적힌 내용이 아니라 이 응답이 사실입니다.
struct TossAPI: Sendable {
    let base: URL
    let secretKey: String

    func payment(_ paymentKey: String) async throws -> Payment {
        var request = URLRequest(url: base.appending(path: "v1/payments").appending(path: paymentKey))
        request.timeoutInterval = 30
        // 시크릿 키가 사용자 ID이고 비밀번호는 없습니다. 그래서 콜론으로 끝납니다.
        let credentials = Data("\(secretKey):".utf8).base64EncodedString()
        request.setValue("Basic \(credentials)", forHTTPHeaderField: "Authorization")
        let (body, response) = try await URLSession.shared.data(for: request)
        guard let status = (response as? HTTPURLResponse)?.statusCode, status == 200 else {
            throw TossAPIError(description: "결제 조회가 실패했습니다: \((response as? HTTPURLResponse)?.statusCode ?? 0)")
        }
        return try JSONDecoder().decode(Payment.self, from: body)
    }
}

struct TossAPIError: Error, CustomStringConvertible {
    let description: String
}
