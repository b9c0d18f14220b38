package io.sluice.core.codemetrics;

import org.jspecify.annotations.Nullable;

/** {@code status} of {@code mcp_server_connection}. */
enum Connection {
    CONNECTED(Measure.MCP_CONNECTED),
    FAILED(Measure.MCP_FAILED),
    DISCONNECTED(Measure.MCP_DISCONNECTED);

    private static final Connection[] ALL = values();

    final Measure measure;

    Connection(Measure measure) {
        this.measure = measure;
    }

    /** Null: a status that is not known. */
    static @Nullable Connection of(@Nullable String status) {
        return switch (status == null ? "" : status) {
            case "connected" -> CONNECTED;
            case "failed" -> FAILED;
            case "disconnected" -> DISCONNECTED;
            default -> null;
        };
    }

    @SuppressWarnings("EnumOrdinal") // Part of the state's format.
    int code() {
        return ordinal();
    }

    static Connection of(int code) {
        return ALL[code];
    }
}
