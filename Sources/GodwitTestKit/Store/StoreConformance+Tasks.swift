import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    package static func statisticsFollowDeliveries(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let minute = scene.now.minutesSince1970
        func counters(_ endpoint: Int64 = 1) throws -> EndpointCounters {
            try scene.store.statistics(endpoint: endpoint, minutes: minute..<minute + 1)
        }
        let key = try scene.delivery(to: 1, as: .accepted(under: scene.lease))
        var expected = EndpointCounters()
        expected.pending = 1
        #expect(try counters() == expected)

        let retry = DeliveryStateMachine(state: .waiting(due: scene.now), attempts: 1, scheduledAttempts: 1, resume: nil)
        let failed = scene.attempt(key, succeeded: false, nextAttempt: scene.now)
        #expect(try scene.move(key, to: retry, attempt: failed))
        expected.pending = 0
        expected.sending = 1
        expected.attemptsFailed = 1
        #expect(try counters() == expected)
        // A late result is history, and moves nothing; the same attempt counts once.
        #expect(try !scene.move(key, to: retry, attempt: failed))
        #expect(try counters() == expected)

        let claimed = try #require(try scene.claim(1).deliveries.first)
        #expect(try counters() == expected)
        let delivered = DeliveryStateMachine(state: .delivered(at: scene.now), attempts: 2, scheduledAttempts: 2, resume: nil)
        #expect(try scene.move(claimed.key, to: delivered, attempt: scene.attempt(key, number: 2), former: .sending))
        expected.sending = 0
        expected.success = 1
        expected.attemptsSucceeded = 1
        #expect(try counters() == expected)

        // Nothing of what is undone counts.
        let (_, endpoint) = try scene.registered()
        try scene.failBatch([scene.publication(scene.message(), to: [1])])
        #expect(try counters() == expected && counters(endpoint.id.key) == EndpointCounters())

        let waiting = try scene.delivery(to: endpoint.id.key, as: .waiting(due: scene.now))
        try scene.change(.deleteEndpoint(application: endpoint.application, endpoint.id.reference))
        #expect(try scene.count(of: .cancelWaiting(endpoint: waiting.endpoint, limit: 10)) == 1)
        var cancelled = EndpointCounters()
        cancelled.canceled = 1
        cancelled.attemptsCanceled = 1
        #expect(try counters(endpoint.id.key) == cancelled)
        try scene.reopen()
        #expect(try counters() == expected && counters(endpoint.id.key) == cancelled)
        #expect(try scene.store.statistics(endpoint: 1, minutes: minute + 1..<minute + 99) == EndpointCounters())
    }

    package static func oldStatisticsAreFolded(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let hour = scene.now.minutesSince1970 / 60 * 60
        scene.now = Instant(millisecondsSince1970: hour * 60_000)
        for _ in 0..<130 {
            try scene.delivery(to: 1, as: .accepted(under: scene.lease))
            scene.advance(.seconds(60))
        }
        func pending(_ minutes: Range<Int64>) throws -> Int64 {
            try scene.store.statistics(endpoint: 1, minutes: minutes).pending
        }
        #expect(try pending(hour..<hour + 1) == 1 && pending(hour..<hour + 130) == 130)
        var folds: [Int] = []
        repeat {
            folds.append(try scene.count(of: .statistics(.fold(before: hour + 120, limit: 50))))
        } while folds.last == 50
        #expect(folds == [50, 50, 18])
        for _ in 0..<2 {
            #expect(try pending(hour..<hour + 1) == 60 && pending(hour + 1..<hour + 60) == 0)
            #expect(try pending(hour + 60..<hour + 61) == 60 && pending(hour + 120..<hour + 121) == 1)
            #expect(try pending(hour..<hour + 130) == 130)
            try scene.reopen()
        }
    }

    package static func tasksAreKeptAndBounded(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let other = try #require(OrganizationID("org_other"))
        func task(_ work: BackgroundTask.Work, of organization: OrganizationID = .standard) -> BackgroundTask {
            BackgroundTask(id: scene.identifier(), organization: organization, work: work, createdAt: scene.now)
        }
        let scope = UsageScope(since: scene.now, until: scene.now + .seconds(1), applications: [9, 3])
        var kept = [task(.eventTypes), task(.purgeContent(application: 5)), task(.applicationStatistics(scope))]
        kept.append(task(.applicationStatistics(UsageScope(since: scene.now, until: scene.now, applications: nil))))
        for task in kept { try scene.change(.task(.insert(task))) }
        try scene.change(.task(.insert(task(.eventTypes, of: other))))
        for _ in kept.count..<Limits.tasksRunning { try scene.change(.task(.insert(task(.eventTypes, of: other)))) }
        refused(.conflict) {
            while true { try scene.change(.task(.insert(task(.eventTypes, of: other)))) }
        }
        try scene.change(.task(.fail(kept[0].id.key)))
        kept[0].fail(at: scene.now)
        try scene.reopen()
        #expect(try scene.store.greatestKey() >= kept[3].id.key)
        for task in kept {
            #expect(try scene.store.task(.standard, task.id) == task)
            #expect(try scene.store.task(other, task.id) == nil)
        }
        func check(_ filter: TaskFilter, _ isIn: (BackgroundTask) -> Bool) throws {
            try walk(kept.filter(isIn).map(\.id.key), key: \.id.key) { try scene.store.tasks(.standard, filter, $0) }
        }
        try check(TaskFilter()) { _ in true }
        try check(TaskFilter(state: .failed)) { $0.state == .failed }
        try check(TaskFilter(state: .running, kind: "application.stats")) { $0.kind == .applicationStatistics }
        #expect(try scene.store.runningTasks().contains(kept[1].id.key))
        #expect(try !scene.store.runningTasks().contains(kept[0].id.key))

        guard case .task(.count(0)) = try scene.change(.task(.forget(endedBefore: scene.now, limit: 5))) else {
            Issue.record("forgotten too early")
            return
        }
        scene.advance(.seconds(1))
        guard case .task(.count(1)) = try scene.change(.task(.forget(endedBefore: scene.now, limit: 5))) else {
            Issue.record("not forgotten")
            return
        }
        #expect(try scene.store.task(.standard, kept[0].id) == nil && scene.store.task(.standard, kept[1].id) == kept[1])
    }

    /// Does all steps of a task, and says how many there were.
    private static func finish(_ task: BackgroundTask, _ scene: StoreScene) throws -> (task: BackgroundTask, steps: Int) {
        try scene.change(.task(.insert(task)))
        for steps in 1... {
            guard case .task(.stepped(let task, _)) = try scene.change(.task(.step(task.id.key))) else { break }
            if task.state != .running { return (task, steps) }
            if steps % 2 == 0 { try scene.restart() }
        }
        throw StoreError(.unusable, "a step was not answered as one")
    }

    package static func contentIsPurgedStepByStep(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let count = 2 * Limits.taskStep + 1
        let messages = (0..<count).map { scene.message(payload: $0 % 10 == 0 ? nil : [0x7B, 0x7D]) }
        try scene.commit(messages.map { scene.publication($0, to: [1]) })
        let other = scene.message(of: 2)
        try scene.publish(other)
        let task = BackgroundTask(
            id: scene.identifier(), organization: .standard, work: .purgeContent(application: 1), createdAt: scene.now)
        let later = scene.message()
        try scene.publish(later)
        let finished = try finish(task, scene)
        #expect(finished.steps == 3 && finished.task.state == .finished)
        #expect(finished.task.done == messages.count { $0.payload != nil })
        let page = PageRequest<Int64>(limit: Limits.pageItems, order: .ascending)
        #expect(try scene.store.messages(application: 1, MessageFilter(), page).items.allSatisfy { $0.payload == nil })
        #expect(try scene.store.message(application: 1, later.id.reference)?.payload != nil)
        #expect(try scene.store.message(application: 2, other.id.reference)?.payload != nil)
        let key = DeliveryKey(message: messages[1].id.key, endpoint: 1)
        #expect(try scene.store.delivery(key)?.status == .canceled)
    }

    package static func applicationsAreCounted(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        var applications: [Application] = []
        for _ in 0...Limits.taskApplications { applications.append(try scene.registered().application) }
        var named = scene.endpoint(of: applications[0])
        named.eventTypes = ["b", "a"]
        try scene.change(.insertEndpoint(named))
        try scene.publish(scene.message(of: applications[0].id.key), to: [named.id.key])
        let deleted = scene.endpoint(of: applications[0])
        try scene.change(.insertEndpoint(deleted))
        try scene.publish(scene.message(of: applications[0].id.key), to: [named.id.key, deleted.id.key])
        try scene.change(.deleteEndpoint(application: applications[0].id.key, deleted.id.reference))

        func items(_ work: BackgroundTask.Work) throws -> [String] {
            let task = BackgroundTask(id: scene.identifier(), organization: .standard, work: work, createdAt: scene.now)
            #expect(try finish(task, scene).task.state == .finished)
            return try scene.store.taskResults(task.id.key, limit: .max).map { String(decoding: $0, as: UTF8.self) }
        }
        let since = scene.now + .seconds(-60)
        let counted = try items(
            .applicationStatistics(UsageScope(since: since, until: scene.now + .seconds(60), applications: nil)))
        #expect(counted.count == applications.count)
        #expect(counted[0] == #"{"appId":"\#(applications[0].id)","appUid":null,"messageDestinations":3}"#)
        #expect(counted[1] == #"{"appId":"\#(applications[1].id)","appUid":null,"messageDestinations":0}"#)
        let chosen = [applications[0].id.key, 77, applications[2].id.key]
        #expect(
            try items(.applicationStatistics(UsageScope(since: since, until: scene.now, applications: chosen))).count == 2)
        let listened = try items(.eventTypes)
        #expect(listened.count == applications.count)
        let first = #"{"appId":"\#(applications[0].id)","explicitlySubscribedEventTypes":["a","b"],"hasCatchAllEndpoint":true}"#
        #expect(listened[0] == first)
    }
}
