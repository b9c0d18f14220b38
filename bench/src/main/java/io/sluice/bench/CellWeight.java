package io.sluice.bench;

import java.time.Duration;
import java.time.Instant;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.functions.ScalarFunction;
import org.jspecify.annotations.Nullable;

/** {@link Sums#weight} as a function of SQL, so that the result of a query can be checked without being moved. */
public final class CellWeight extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    public long eval(
            int field,
            @DataTypeHint("TIMESTAMP_LTZ(6)") Instant startingAt,
            String organization,
            String user,
            String team,
            String model,
            String product,
            @Nullable String repository,
            @Nullable String mcpServer,
            @Nullable String skill,
            @Nullable String terminal,
            boolean remote) {
        long hour =
                Math.floorDiv(startingAt.getEpochSecond(), Duration.ofHours(1).toSeconds());
        return Sums.weight(
                field,
                hour,
                organization,
                user,
                team,
                model,
                product,
                repository,
                mcpServer,
                skill,
                terminal,
                Sums.remote(remote));
    }
}
