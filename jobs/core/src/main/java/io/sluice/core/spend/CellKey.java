package io.sluice.core.spend;

import org.jspecify.annotations.Nullable;

/**
 * Coordinates of one cell of the hour cube. Every grouping and every longer period is a sum of cells.
 *
 * @param user see {@link Users}
 * @param hour hours since the epoch, UTC; the cell covers [hour, hour + 1)
 * @param counters whether the cell's figures come from cost counters alone, which do not tell requests
 * @param importedIn 0; for an import into a closed period the month of receipt, for example 202611: the cell of the
 *     period itself is no longer held, and since totals are sums of cells, a second one adds to it
 */
public record CellKey(
        String orgId,
        String user,
        String team,
        String model,
        String product,
        @Nullable String repository,
        @Nullable String mcpServer,
        @Nullable String skill,
        long hour,
        boolean counters,
        int importedIn) {
    public CellKey withUser(String newUser) {
        return new CellKey(
                orgId, newUser, team, model, product, repository, mcpServer, skill, hour, counters, importedIn);
    }

    public CellKey atHour(long newHour) {
        return new CellKey(
                orgId, user, team, model, product, repository, mcpServer, skill, newHour, counters, importedIn);
    }

    CellKey withImportedIn(int month) {
        return new CellKey(orgId, user, team, model, product, repository, mcpServer, skill, hour, counters, month);
    }
}
