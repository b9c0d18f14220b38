package io.sluice.bench;

import io.sluice.schema.SpendCell;
import io.sluice.schema.UsageEvent;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What cells add up to, in constant space: the plain total of each field, and a weighted one.
 *
 * <p>The weight is a hash of all dimensions of the cell. Since the sum is linear, it is the same whether the requests
 * are added one by one or the cells they end in; any amount in a wrong cell changes it (but for one chance in about
 * 2^64).
 */
final class Sums {
    /** In this order. */
    enum Field {
        MICROS,
        REQUESTS,
        INPUT,
        OUTPUT,
        CACHE_READ,
        CACHE_CREATION
    }

    private static final Field[] FIELDS = Field.values();
    private static final long MICROS_PER_HOUR = 3_600_000_000L;

    private final long[] totals = new long[FIELDS.length];
    private final long[] weighted = new long[FIELDS.length];

    /** Adds a request to the cell of its hour and dimensions. */
    void add(UsageEvent event) {
        String user = event.getActor().getEmail();
        String team = event.getTeam();
        long hash = hash(
                Math.floorDiv(event.getOccurredAt(), MICROS_PER_HOUR),
                event.getOrgId(),
                user,
                team,
                event.getModel(),
                event.getProduct(),
                event.getRepository(),
                event.getMcpServer(),
                event.getSkill(),
                event.getTerminal(),
                remote(event.getRemote()));
        Long micros = event.getReportedCostMicros();
        add(
                hash,
                1,
                micros == null ? 0 : micros,
                1,
                event.getInputTokens(),
                event.getOutputTokens(),
                event.getCacheReadTokens(),
                event.getCacheCreationTokens());
    }

    /** @param times 1: adds the cell; −1: takes it away again */
    void add(SpendCell cell, int times) {
        long hash = hash(
                Math.floorDiv(cell.getStartingAt(), MICROS_PER_HOUR),
                cell.getOrgId(),
                cell.getUser(),
                cell.getTeam(),
                cell.getModel(),
                cell.getProduct(),
                cell.getRepository(),
                cell.getMcpServer(),
                cell.getSkill(),
                cell.getTerminal(),
                remote(cell.getRemote()));
        add(
                hash,
                times,
                cell.getSpendMicros(),
                cell.getRequests(),
                cell.getInputTokens(),
                cell.getOutputTokens(),
                cell.getCacheReadTokens(),
                cell.getCacheCreationTokens());
    }

    /** As a dimension. */
    static @Nullable String remote(boolean remote) {
        return remote ? "remote" : null;
    }

    private void add(long hash, int times, long... values) {
        for (int i = 0; i < values.length; i++) {
            totals[i] += times * values[i];
            weighted[i] += times * values[i] * Mix.of(hash + i);
        }
    }

    /** What somebody else has added up, with weights by {@link #weight}; in the order of the fields. */
    static Sums of(long[] totals, long[] weighted) {
        Sums sums = new Sums();
        System.arraycopy(totals, 0, sums.totals, 0, FIELDS.length);
        System.arraycopy(weighted, 0, sums.weighted, 0, FIELDS.length);
        return sums;
    }

    /**
     * The weight of a field of a cell.
     *
     * @param hour since the epoch
     * @param dimensions organization, user, team, model, product, repository, MCP server, skill, terminal,
     *     {@link #remote}
     */
    static long weight(int field, long hour, @Nullable String... dimensions) {
        return Mix.of(hash(hour, dimensions) + field);
    }

    private static long hash(long hour, @Nullable String... dimensions) {
        long hash = Mix.of(hour);
        for (String dimension : dimensions) {
            hash = Mix.of(hash ^ 0x5bd1);
            for (int i = 0; dimension != null && i < dimension.length(); i++) {
                hash = (hash ^ dimension.charAt(i)) * 0x100000001b3L;
            }
            hash ^= hash >>> 29;
        }
        return hash;
    }

    long total(Field field) {
        return totals[field.ordinal()];
    }

    /** What is wrong; null: nothing. */
    @Nullable
    String differenceFrom(Sums expected) {
        for (Field field : FIELDS) {
            if (total(field) != expected.total(field)) {
                return "sum of " + field + " over all cells: " + total(field) + " (expected: " + expected.total(field)
                        + ")";
            }
        }
        return Arrays.equals(weighted, expected.weighted)
                ? null
                : "cells: the totals are right, but amounts are in wrong cells";
    }
}
