package io.sluice.server;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.sluice.schema.Micros;
import io.sluice.schema.Token;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The one place that decides who is asking and whether they may. */
final class Access {
    /** Where a request without a token is the default organization's, when it comes over loopback. */
    enum Anonymous {
        REFUSED,
        LOOPBACK
    }

    private static final Pattern LOCAL_AUTHORITY =
            Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d{1,5})?");

    private static final Pattern UUID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

    private final TokenRegistry tokens;
    private final String defaultOrganization;
    private final GuessGuard guesses;
    private final RateLimiter rates;
    private final TokenUse use;
    private final Clock clock;

    Access(
            TokenRegistry tokens,
            String defaultOrganization,
            GuessGuard guesses,
            RateLimiter rates,
            TokenUse use,
            Clock clock) {
        this.tokens = tokens;
        this.defaultOrganization = defaultOrganization;
        this.guesses = guesses;
        this.rates = rates;
        this.use = use;
        this.clock = clock;
    }

    /** Whether this caller administers the installation and not just an organization on it. */
    boolean isOperator(Caller caller) {
        return caller.home().equals(defaultOrganization) && caller.may(Scope.ADMIN);
    }

    /**
     * Decides, for what is not a {@link Route}.
     *
     * @throws Refusal as {@link #authenticate} and {@link #require}
     */
    Caller caller(ServiceRequestContext ctx, RequestHeaders headers, Scope needed, Anonymous anonymous) {
        Caller caller = authenticate(headers, ctx.remoteAddress().getAddress(), needed, anonymous);
        require(caller, needed);
        return caller;
    }

    /**
     * Says who is asking, from memory alone.
     *
     * @param needed what a caller without a token may then do
     * @throws Refusal UNAUTHENTICATED without a valid token, UNAVAILABLE while the tokens are not known yet,
     *     RATE_LIMITED when there were too many wrong ones from this address
     */
    Caller authenticate(RequestHeaders headers, InetAddress remote, Scope needed, Anonymous anonymous) {
        String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
        if (authorization == null) {
            if (anonymous == Anonymous.LOOPBACK && remote.isLoopbackAddress() && isDirect(headers)) {
                return Caller.anonymous(defaultOrganization, needed);
            }
            guesses.unauthenticated(remote);
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED, "Authorization: missing (expected: Bearer <token>)");
        }
        if (!tokens.ready()) {
            // A client drops its data on 401, so not knowing yet must not look like a wrong token.
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "the tokens are not loaded yet, try again");
        }
        // What is not a usable credential is a wrong one, never none.
        String secret = secret(authorization);
        String hash = Secret.sha256(secret == null ? "" : secret);
        guesses.check(remote, hash);
        Optional<Token> token = secret == null ? Optional.empty() : tokens.findByHash(hash);
        if (token.isEmpty() || !isValid(token.get())) {
            guesses.failed(remote);
            throw new Refusal(
                    Refusal.Kind.UNAUTHENTICATED,
                    secret == null
                            ? "Authorization: not usable (expected: Bearer <token>)"
                            : "Authorization: the token is unknown, revoked or expired");
        }
        guesses.succeeded(remote, hash);
        use.used(token.get());
        return caller(token.get());
    }

    /** @throws Refusal RATE_LIMITED when it was too often, FORBIDDEN when its scopes do not suffice */
    void require(Caller caller, Scope needed) {
        if (!caller.local()) {
            rates.take(caller.actor(), RateLimiter.Traffic.of(needed));
        }
        if (!caller.may(needed)) {
            throw new Refusal(
                    Refusal.Kind.FORBIDDEN,
                    "Authorization: the token's scopes are "
                            + caller.scopes().stream()
                                    .sorted()
                                    .map(Scope::scopeName)
                                    .collect(Collectors.joining(", "))
                            + " (expected: " + needed.scopeName() + ")");
        }
    }

    /** Whether it is neither revoked nor expired. */
    boolean isValid(Token token) {
        Long expiresAt = token.getExpiresAt();
        return token.getRevokedAt() == null && (expiresAt == null || Micros.of(clock.instant()) < expiresAt);
    }

    private static Caller caller(Token token) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        token.getScopes().forEach(name -> Scope.named(name).ifPresent(scopes::add));
        return new Caller(
                token.getId(),
                token.getOrgId(),
                token.getOrgId(),
                scopes,
                organizationIds(token),
                Set.copyOf(token.getLinkedOrganizations()),
                token.getUserId() == null ? token.getUserLabel() : token.getUserId());
    }

    private static Set<String> organizationIds(Token token) {
        if (token.getOrganizationIds().isEmpty()
                && UUID.matcher(token.getOrgId()).matches()) {
            return Set.of(token.getOrgId());
        }
        return Set.copyOf(token.getOrganizationIds());
    }

    /** Null: not usable. */
    private static @Nullable String secret(String authorization) {
        String[] parts = authorization.strip().split("\\s+", 2);
        if (parts.length == 2 && parts[0].equalsIgnoreCase("Bearer")) {
            return parts[1];
        }
        return parts.length == 2 && parts[0].equalsIgnoreCase("Basic") ? basicPassword(parts[1]) : null;
    }

    /** The token as password of any user: what a browser sends when it is asked by the start page. */
    private static @Nullable String basicPassword(String credentials) {
        try {
            String decoded = new String(Base64.getDecoder().decode(credentials), StandardCharsets.UTF_8);
            return decoded.substring(decoded.indexOf(':') + 1);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /**
     * Whether a request over loopback also began on this machine: not passed on by a proxy, and not sent by a web page
     * that made a name of its own point to 127.0.0.1.
     */
    private static boolean isDirect(RequestHeaders headers) {
        String authority = headers.authority();
        return authority != null
                && LOCAL_AUTHORITY.matcher(authority.toLowerCase(Locale.ROOT)).matches()
                && !headers.contains(HttpHeaderNames.FORWARDED)
                && !headers.contains(HttpHeaderNames.X_FORWARDED_FOR);
    }
}
