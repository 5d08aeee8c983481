import ArgumentParser
import GodwitSimulation

struct FleetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Simulates many nodes over one database, of which a whole region is lost.",
        discussion: """
            Every node runs the engine's core as in production; database, network and receivers are planned from the seed, and the \
            clock is virtual. Exits with 1 when a delivery was lost.
            """)

    @Option(help: "Nodes, 1 to 1000.") var nodes = FleetPlan().nodes
    @Option(help: "Regions that the nodes are spread over; the first is the one that is lost.") var regions = FleetPlan()
        .regions
    @Option(help: "Endpoints, 1 to 10000000; one in 500 does nothing but hang.") var endpoints = FleetPlan().endpoints
    @Option(help: "Events per second over all nodes, 1 to 1000000.") var eventsPerSecond = FleetPlan().eventsPerSecond
    @Option(help: "Seconds of publishing, 1 to 600.") var seconds = 60
    @Option(help: "Second at which the region is lost; -1 for never.") var lostAt = 20
    @Option(help: "Second at which its nodes begin anew; -1 for never.") var backAt = 45
    @Option(help: "Everything comes of it.") var seed: UInt64 = 1

    private var plan: FleetPlan {
        var plan = FleetPlan()
        (plan.nodes, plan.regions, plan.endpoints, plan.eventsPerSecond) = (nodes, regions, endpoints, eventsPerSecond)
        plan.publishing = .seconds(seconds)
        plan.regionLostAt = lostAt < 0 ? nil : .seconds(lostAt)
        plan.regionBackAt = backAt < 0 ? nil : .seconds(backAt)
        plan.seed = seed
        return plan
    }

    func validate() throws {
        if let objection = plan.objection { throw ValidationError(objection) }
    }

    func run() throws {
        var fleet = Fleet(plan)
        fleet.run()
        let report = fleet.report
        for line in report.lines { print(line) }
        guard report.lost == 0 else { throw ExitCode.failure }
    }
}

extension FleetReport {
    fileprivate var lines: [String] {
        var lines = [
            "accepted \(accepted), delivered \(delivered), lost \(lost), duplicates \(duplicates)",
            "attempts \(attempts), claims \(claims), to endpoints that only hang \(toHangingEndpoints)",
            "published again by their clients \(publishedAgain), outcomes too late \(lateOutcomes)",
            "held by one node at most \(heldAtMost)",
        ]
        if let first = firstTakeOver, let last = lastTakeOver {
            lines.append("taken over \(takenOver), from \(first) to \(last) after the loss")
        }
        for phase in Phase.allCases where count(phase) > 0 {
            let quantiles = [0.5, 0.99, 1].compactMap { delay(phase, quantile: $0) }
            lines.append(
                "\(phase.rawValue): \(count(phase)) delivered after p50 \(quantiles[0]) ms, p99 \(quantiles[1]) ms, "
                    + "at most \(quantiles[2]) ms")
        }
        return lines
    }
}
