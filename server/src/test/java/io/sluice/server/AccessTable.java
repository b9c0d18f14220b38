package io.sluice.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The table of endpoints in {@code docs/access.md}. */
final class AccessTable {
    static final String HTTP = "OTLP/HTTP";
    static final String GRPC = "OTLP/gRPC";

    private static final String HEADER =
            "| port | method | path | scope | plan feature | without a token over loopback | audited |";

    /** One line of it. */
    record Endpoint(
            String port,
            String method,
            String path,
            String scope,
            String feature,
            String withoutToken,
            String audited) {
        static Endpoint of(Route route) {
            return new Endpoint(
                    "REST",
                    route.method().name(),
                    route.path(),
                    route.scope() == null ? "none" : route.scope().scopeName(),
                    route.feature() == null ? "none" : route.feature(),
                    route.anonymous() == Access.Anonymous.LOOPBACK ? "yes" : "no",
                    switch (route.audit()) {
                        case NONE -> "no";
                        case ADMIN -> route.changes() ? "every call" : "refusals";
                        case EVERY -> "every call";
                    });
        }

        static Endpoint http(Signal signal) {
            return new Endpoint(HTTP, "POST", signal.path(), "ingest", "none", "yes", "no");
        }

        static Endpoint grpc(Signal signal) {
            return new Endpoint(GRPC, "POST", "/" + signal.grpcService() + "/Export", "ingest", "none", "yes", "no");
        }

        private static Endpoint parse(String line) {
            List<String> cells = Arrays.stream(line.split("\\|"))
                    .map(cell -> cell.replace("`", "").strip())
                    .toList();
            return new Endpoint(
                    cells.get(1), cells.get(2), cells.get(3), cells.get(4), cells.get(5), cells.get(6), cells.get(7));
        }

        String name() {
            return port + " " + method + " " + path;
        }

        boolean open() {
            return scope.equals("none");
        }

        /** What the table says: its own scope, and admin for all. */
        boolean lets(Scope scope) {
            return open() || Optional.of(scope).equals(Scope.named(this.scope)) || scope == Scope.ADMIN;
        }
    }

    private AccessTable() {}

    static List<Endpoint> endpoints() throws IOException {
        return Files.readAllLines(Path.of("../docs/access.md")).stream()
                .dropWhile(line -> !line.equals(HEADER))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .map(Endpoint::parse)
                .toList();
    }
}
