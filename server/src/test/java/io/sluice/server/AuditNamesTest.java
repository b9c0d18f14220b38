package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.directory.Directories;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class AuditNamesTest {
    private final Directories directories = new Directories();
    private final AuditNames names = new AuditNames(directories, "0123456789abcdef");

    @Test
    void whoeverIsInTheDirectoryIsNamedByTheId() {
        know("user_1", "Kim@example.com");
        assertThat(names.in("acme", "spl_user:kim@example.com:monthly")).isEqualTo("spl_user:user_1:monthly");
        assertThat(names.in("acme", "POST KIM@EXAMPLE.COM, PUT user_2")).isEqualTo("POST user_1, PUT user_2");
        assertThat(names.in("beta", "kim@example.com")).startsWith(AuditNames.HASH_PREFIX);
    }

    @Test
    void whoeverIsNotIsAHashThatOneNeedsTheSecretFor() {
        String hash = names.in("acme", "lee@example.com");
        assertThat(hash).startsWith(AuditNames.HASH_PREFIX).doesNotContain("lee", "example");
        assertThat(names.in("acme", "LEE@example.com")).isEqualTo(hash);
        assertThat(names.in("beta", "lee@example.com")).isNotEqualTo(hash);
        assertThat(new AuditNames(directories, "fedcba9876543210").in("acme", "lee@example.com"))
                .isNotEqualTo(hash);
        assertThat(names.in("acme", "lee@example.com/x")).isEqualTo(hash + "/x");
        assertThat(names.in("acme", "no address @ all")).isEqualTo("no address @ all");
    }

    @Test
    void theAuditHasNoAddresses() {
        List<AuditRecord> records = new ArrayList<>();
        AuditLog audit = new AuditLog(
                some -> {
                    records.addAll(some);
                    return CompletableFuture.completedFuture(null);
                },
                () -> true,
                Clock.systemUTC());
        audit.hiding(names::in);
        audit.record(new AuditLog.Entry(
                        "acme",
                        "tok_1",
                        "GET /v1/users/{id}",
                        "lee@example.com",
                        "not_found_error",
                        "192.0.2.1",
                        Map.of("done", "PUT lee@example.com")))
                .join();
        assertThat(records)
                .singleElement()
                .satisfies(record -> assertThat(record.toString()).doesNotContain("lee@"));
    }

    private void know(String id, String userName) {
        directories.apply(DirectoryVersion.newBuilder()
                .setOrgId("acme")
                .setKind("user")
                .setId(id)
                .setVersion(1)
                .setChangedBy("tok_1")
                .setRecordedAt(1_795_600_000_000_000L)
                .setEffectiveAt(1_795_600_000_000_000L)
                .setCreatedAt(1_795_600_000_000_000L)
                .setSource("rest")
                .setUser(DirectoryUser.newBuilder()
                        .setUserName(userName)
                        .setActive(true)
                        .build())
                .build());
    }
}
