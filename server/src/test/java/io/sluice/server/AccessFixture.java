package io.sluice.server;

import com.linecorp.armeria.client.ClientFactory;
import io.sluice.core.directory.Directories;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.DirectoryOrganization;
import io.sluice.schema.Micros;
import io.sluice.schema.Token;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** Access as the server has it, over a Kafka that is two lists. */
final class AccessFixture {
    static final int REST_PER_MINUTE = 600;
    static final int BULK_PER_MINUTE = 6000;

    final MovableClock clock = new MovableClock();
    final TokenRegistry tokens = new TokenRegistry();
    /** Versions of tokens, by key. */
    final List<Map.Entry<String, Token>> published = Collections.synchronizedList(new ArrayList<>());

    final List<AuditRecord> audited = Collections.synchronizedList(new ArrayList<>());
    /** Plans and parents by organization; else as without a directory. */
    final Map<String, String> plans = new HashMap<>();

    final Map<String, String> parents = new HashMap<>();
    /** By label. */
    final Map<String, String> userIds = new HashMap<>();

    /** Whether Kafka acknowledges audit records. */
    volatile boolean auditable = true;

    final Organizations organizations = new Organizations() {
        @Override
        public String planOf(String orgId) {
            return plans.getOrDefault(orgId, "enterprise");
        }

        @Override
        public DirectoryOrganization of(String orgId) {
            return DirectoryOrganization.newBuilder().setPlan(planOf(orgId)).build();
        }

        @Override
        public boolean isActive(String orgId, String userId) {
            return !userId.equals("user_gone");
        }

        @Override
        public @Nullable String userOf(String orgId, String idOrLabel, long micros) {
            return idOrLabel.startsWith("user_") ? idOrLabel : userIds.get(idOrLabel);
        }

        @Override
        public @Nullable String parentOf(String orgId) {
            return parents.get(orgId);
        }
    };

    /** Of organizations that tell of persons: it asks nobody. */
    final PrivacyGate privacy = new PrivacyGate(
            organizations,
            new Directories(),
            new Elastic(Settings.of(Map.of()), ClientFactory.ofDefault()),
            "a secret of tests",
            clock);

    final PageCipher pages = new PageCipher("a secret of tests");

    final AuditLog audit = new AuditLog(this::publish, () -> true, clock);
    final TokenUse use = new TokenUse(tokens, this::publish, clock);
    final GuessGuard guesses = new GuessGuard(
            clock,
            remote -> audit.count("default", AuditLog.UNAUTHENTICATED, "authenticate", "authentication_error", remote),
            remote -> audit.count("default", AuditLog.UNAUTHENTICATED, "authenticate", "rate_limit_error", remote));
    final Access access = new Access(
            tokens, "default", guesses, new RateLimiter(REST_PER_MINUTE, BULK_PER_MINUTE, clock), use, clock);
    final TokenService service = new TokenService(access, tokens, this::publish, use, organizations, clock);

    private CompletableFuture<Void> publish(Token token, TokenVersion version) {
        published.add(Map.entry(version.key(token), token));
        tokens.put(token);
        return CompletableFuture.completedFuture(null);
    }

    private CompletableFuture<Void> publish(List<AuditRecord> records) {
        if (!auditable) {
            return CompletableFuture.failedFuture(new KafkaException("not stored"));
        }
        audited.addAll(records);
        return CompletableFuture.completedFuture(null);
    }

    /** The secret of a new token. */
    String token(String organization, String... scopes) {
        return token(Token.newBuilder(), organization, scopes);
    }

    String token(Token.Builder more, String organization, String... scopes) {
        String secret = Secret.create();
        tokens.put(more.setId("tok_" + organization + "-" + String.join("-", scopes))
                .setOrgId(organization)
                .setName("test")
                .setSha256(Secret.sha256(secret))
                .setScopes(List.of(scopes))
                .setCreatedAt(Micros.of(clock.instant()))
                .build());
        return secret;
    }

    Caller caller(String organization, Scope... scopes) {
        return new Caller("tok_caller", organization, organization, Set.of(scopes), Set.of(), Set.of(), null);
    }
}
