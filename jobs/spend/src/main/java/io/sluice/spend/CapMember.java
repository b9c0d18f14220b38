package io.sluice.spend;

import io.sluice.core.caps.Account;
import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A person as caps see it, with the name under which telemetry shows it. Mutable. */
final class CapMember {
    final Account account;
    /** By start of the month: of those whose sums are to be said. */
    final Map<Long, Long> versions;

    /** Months that somebody sees to that they are forgotten. */
    private final Set<Long> timed;

    private @Nullable String orgId;
    private @Nullable String user;

    private CapMember(Account account, Map<Long, Long> versions) {
        this.account = account;
        this.versions = versions;
        this.timed = new HashSet<>(versions.keySet());
    }

    CapMember() {
        this(new Account(), new HashMap<>());
    }

    boolean isKnown() {
        return user != null;
    }

    /** @param encoded see {@link Dimensions} */
    void learn(byte[] encoded) {
        Dimensions dimensions = Dimensions.decode(encoded);
        learn(dimensions.orgId(), dimensions.user());
    }

    void learn(String newOrgId, String newUser) {
        orgId = newOrgId;
        user = newUser;
    }

    String orgId() {
        return required(orgId);
    }

    String user() {
        return required(user);
    }

    private static String required(@Nullable String text) {
        if (text == null) {
            throw new IllegalStateException("nothing was ever spent");
        }
        return text;
    }

    /** From now on they have one. */
    List<Long> monthsWithoutTimer() {
        return versions.keySet().stream().filter(timed::add).toList();
    }

    byte[] save() {
        RowWriter row = new RowWriter(512);
        row.putBlock(orgId().getBytes(StandardCharsets.UTF_8));
        row.putBlock(user().getBytes(StandardCharsets.UTF_8));
        row.putVarlong(versions.size());
        versions.forEach((month, version) -> {
            row.putVarlong(month);
            row.putVarlong(version);
        });
        account.save(row);
        return row.toByteArray();
    }

    static CapMember restore(byte[] saved) {
        RowReader row = new RowReader(saved);
        String orgId = new String(row.readBlock(), StandardCharsets.UTF_8);
        String user = new String(row.readBlock(), StandardCharsets.UTF_8);
        Map<Long, Long> versions = new HashMap<>();
        for (long left = row.readVarlong(); left > 0; left--) {
            versions.put(row.readVarlong(), row.readVarlong());
        }
        CapMember member = new CapMember(Account.restore(row), versions);
        member.orgId = orgId;
        member.user = user;
        return member;
    }
}
