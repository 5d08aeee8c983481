import GodwitReceiver
import GodwitSignature

/// 상점의 데이터베이스. 실제 상점이라면 여러분의 테이블입니다. 중복 기록과 같은 파일에 있으므로, 처리와 기록이 한 트랜잭션입니다.
struct Shop: Sendable {
    let file: ReceiverFile

    init(file: ReceiverFile) async throws {
        self.file = file
        try await file.transaction { transaction in
            // 결제를 승인할 때, 승인 API 응답의 paymentKey와 (가상계좌라면) secret을 주문에 저장합니다.
            try transaction.run(
                """
                CREATE TABLE IF NOT EXISTS orders
                    (order_id TEXT PRIMARY KEY, payment_key TEXT NOT NULL UNIQUE, secret TEXT, status TEXT NOT NULL)
                """)
            // 주문 상태가 실제로 바뀔 때마다 한 줄. 발송, 알림 같은 처리는 여기에 매달립니다.
            try transaction.run("CREATE TABLE IF NOT EXISTS order_changes (order_id TEXT NOT NULL, status TEXT NOT NULL)")
            // 다시 조회해야 할 결제. notices는 알림이 온 횟수입니다.
            try transaction.run(
                """
                CREATE TABLE IF NOT EXISTS lookups
                    (payment_key TEXT PRIMARY KEY, notices BIGINT NOT NULL, attempts BIGINT NOT NULL, due BIGINT NOT NULL)
                """)
            // 지급과 셀러의 지금 상태, 그리고 바뀔 때마다 한 줄.
            try transaction.run(
                "CREATE TABLE IF NOT EXISTS entities (id TEXT PRIMARY KEY, status TEXT NOT NULL, created_at TEXT NOT NULL)")
            try transaction.run("CREATE TABLE IF NOT EXISTS entity_changes (id TEXT NOT NULL, status TEXT NOT NULL)")
        }
    }

    /// 가상계좌 주문의 secret. 모르는 주문이면 nil.
    func secret(ofOrder orderID: String) async throws -> String? {
        try await file.transaction { transaction in
            try transaction.query("SELECT secret FROM orders WHERE order_id = $1", [.text(orderID)]).first?.first?.text
        }
    }

    /// 서명된 이벤트의 내용을 반영합니다.
    ///
    /// transmission-id는 서명되지 않으므로, 중복 기록만 믿지 않고 서명된 내용(id, createdAt)으로 한 번 더 막습니다. 순서도 보장되지
    /// 않으므로 더 오래된 이벤트는 반영하지 않습니다.
    func apply(_ event: EntityChanged, of webhook: VerifiedWebhook) async throws {
        try await file.processOnce(webhook) { transaction in
            let (id, status) = (event.entityBody.id, event.entityBody.status)
            let changed = try transaction.run(
                """
                INSERT INTO entities (id, status, created_at) VALUES ($1, $2, $3)
                ON CONFLICT (id) DO UPDATE SET status = excluded.status, created_at = excluded.created_at
                WHERE excluded.created_at > entities.created_at
                """, [.text(id), .text(status), .text(event.createdAt)])
            guard changed == 1 else { return }
            try transaction.run("INSERT INTO entity_changes (id, status) VALUES ($1, $2)", [.text(id), .text(status)])
        }
    }

    /// 이 결제를 다시 조회하도록 적어 둡니다. 커밋되면 200을 답해도 됩니다.
    /// - Returns: 우리 주문의 결제가 아니면 false.
    func lookUp(paymentKey: String) async throws -> Bool {
        try await lookUp("SELECT payment_key, 1, 0, 0 FROM orders WHERE payment_key = $1", paymentKey)
    }

    func lookUp(orderID: String) async throws -> Bool {
        try await lookUp("SELECT payment_key, 1, 0, 0 FROM orders WHERE order_id = $1", orderID)
    }

    private func lookUp(_ payment: String, _ parameter: String) async throws -> Bool {
        try await file.transaction { transaction in
            try transaction.run(
                """
                INSERT INTO lookups (payment_key, notices, attempts, due) \(payment)
                ON CONFLICT (payment_key) DO UPDATE SET notices = lookups.notices + 1, due = 0
                """, [.text(parameter)]) == 1
        }
    }

    struct Lookup: Sendable {
        let paymentKey: String
        let notices: Int64
    }

    func nextLookup() async throws -> Lookup? {
        try await file.transaction { transaction in
            let rows = try transaction.query(
                "SELECT payment_key, notices FROM lookups WHERE due <= $1 ORDER BY due LIMIT 1",
                [.integer(transaction.nowSeconds)])
            guard let row = rows.first, let paymentKey = row[0].text, let notices = row[1].integer else { return nil }
            return Lookup(paymentKey: paymentKey, notices: notices)
        }
    }

    /// 조회한 상태를 주문에 반영합니다. 같은 상태를 여러 번 들어도 처리는 한 번입니다.
    func apply(_ payment: Payment, of lookup: Lookup) async throws {
        try await file.transaction { transaction in
            let changed = try transaction.run(
                "UPDATE orders SET status = $3 WHERE payment_key = $1 AND order_id = $2 AND status <> $3",
                [.text(lookup.paymentKey), .text(payment.orderId), .text(payment.status)])
            if changed == 1 {
                try transaction.run(
                    "INSERT INTO order_changes (order_id, status) VALUES ($1, $2)",
                    [.text(payment.orderId), .text(payment.status)])
            }
            // 조회하는 동안 알림이 또 왔다면 남겨 두고 한 번 더 조회합니다.
            try transaction.run(
                "DELETE FROM lookups WHERE payment_key = $1 AND notices = $2",
                [.text(lookup.paymentKey), .integer(lookup.notices)])
        }
    }

    /// 1초, 2초, 4초 … 최대 5분 뒤에 다시 조회합니다.
    func postpone(_ lookup: Lookup) async throws {
        _ = try await file.transaction { transaction in
            try transaction.run(
                """
                UPDATE lookups SET attempts = attempts + 1, due = $2 + MIN(300, 1 << MIN(attempts, 9))
                WHERE payment_key = $1
                """, [.text(lookup.paymentKey), .integer(transaction.nowSeconds)])
        }
    }
}
