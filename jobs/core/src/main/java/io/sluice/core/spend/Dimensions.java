package io.sluice.core.spend;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What spend is grouped by, besides time.
 *
 * @param user see {@link Users}
 * @param terminal null: not told
 * @param remote whether it was used in the cloud
 */
public record Dimensions(
        String orgId,
        String user,
        String team,
        String model,
        String product,
        @Nullable String repository,
        @Nullable String mcpServer,
        @Nullable String skill,
        @Nullable String terminal,
        boolean remote) {

    /** Stands after the terminal where it is so. */
    static final int REMOTE = 1;

    public Dimensions withUser(String newUser) {
        return new Dimensions(orgId, newUser, team, model, product, repository, mcpServer, skill, terminal, remote);
    }

    /** What is not told of {@code terminal} and {@code remote} is not there: so older cells stay what they are. */
    public byte[] encode() {
        RowWriter row = new RowWriter(160);
        for (String part : new String[] {orgId, user, team, model, product, repository, mcpServer, skill}) {
            put(row, part);
        }
        if (terminal != null || remote) {
            put(row, terminal);
        }
        if (remote) {
            row.putByte(REMOTE);
        }
        return row.toByteArray();
    }

    /** 0 for null, else the length plus one, and the text. */
    static void put(RowWriter row, @Nullable String text) {
        if (text == null) {
            row.putVarlong(0);
        } else {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            put(row, bytes, 0, bytes.length);
        }
    }

    static void put(RowWriter row, byte[] text, int offset, int length) {
        row.putVarlong(length + 1);
        row.putBytes(text, offset, length);
    }

    public static Dimensions decode(byte[] encoded) {
        RowReader row = new RowReader(encoded);
        return new Dimensions(
                required(row),
                required(row),
                required(row),
                required(row),
                required(row),
                optional(row),
                optional(row),
                optional(row),
                row.hasMore() ? optional(row) : null,
                row.hasMore() && row.readByte() == REMOTE);
    }

    static @Nullable String optional(RowReader row) {
        int length = (int) row.readVarlong() - 1;
        if (length < 0) {
            return null;
        }
        String text = new String(row.array(), row.position(), length, StandardCharsets.UTF_8);
        row.skip(length);
        return text;
    }

    private static String required(RowReader row) {
        String text = optional(row);
        if (text == null) {
            throw new IllegalArgumentException("dimensions: organization, user, team, model and product are required");
        }
        return text;
    }

    public Cell cell(long hour, boolean counters, int importedIn) {
        byte[] encoded = encode();
        return cell(encoded, hour, counters, importedIn);
    }

    /** The account of the user's cells. */
    public static Id account(String orgId, String user) {
        RowWriter row = new RowWriter(64);
        put(row, orgId);
        put(row, user);
        return Id.of(row.array(), 0, row.length());
    }

    static Cell cell(byte[] encoded, long hour, boolean counters, int importedIn) {
        return new Cell(
                Id.of(encoded, 0, accountLength(encoded)),
                Id.of(encoded, 0, encoded.length),
                encoded,
                hour,
                counters,
                importedIn);
    }

    /** Organization and user stand first. */
    private static int accountLength(byte[] encoded) {
        RowReader row = new RowReader(encoded);
        row.skip((int) row.readVarlong() - 1);
        row.skip((int) row.readVarlong() - 1);
        return row.position();
    }
}
