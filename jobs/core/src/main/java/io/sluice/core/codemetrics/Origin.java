package io.sluice.core.codemetrics;

import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import org.jspecify.annotations.Nullable;

/**
 * Where a record comes from, as it says itself. What it does not say, others of its session may: {@link #or}.
 *
 * @param team that telemetry names
 * @param version of the client
 * @param remote it ran in the cloud
 */
record Origin(
        String product,
        @Nullable String repository,
        @Nullable String terminal,
        @Nullable String version,
        @Nullable String team,
        boolean remote) {
    static final Origin UNKNOWN = new Origin("", null, null, null, null, false);

    Origin or(Origin other) {
        return new Origin(
                product,
                repository != null ? repository : other.repository,
                terminal != null ? terminal : other.terminal,
                version != null ? version : other.version,
                team != null ? team : other.team,
                remote || other.remote);
    }

    boolean isComplete() {
        return repository != null && terminal != null && version != null && team != null;
    }

    void write(RowWriter row, Words words) {
        words.put(row, product);
        words.put(row, repository);
        words.put(row, terminal);
        words.put(row, version);
        words.put(row, team);
        row.putByte(remote ? 1 : 0);
    }

    static Origin read(RowReader row, Words words) {
        return new Origin(
                words.required(row),
                words.get(row),
                words.get(row),
                words.get(row),
                words.get(row),
                row.readByte() == 1);
    }
}
