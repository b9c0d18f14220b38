package io.sluice.server;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.sluice.schema.Token;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
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

    Access(TokenRegistry tokens, String defaultOrganization) {
        this.tokens = tokens;
        this.defaultOrganization = defaultOrganization;
    }

    /** Whether this caller administers the installation and not just an organization on it. */
    boolean isOperator(Caller caller) {
        return caller.orgId().equals(defaultOrganization) && caller.may(Scope.ADMIN);
    }

    /**
     * Decides.
     *
     * @throws Refusal UNAUTHENTICATED without a valid token, FORBIDDEN when its scope does not suffice, UNAVAILABLE
     *     while the tokens are not known yet
     */
    Caller caller(ServiceRequestContext ctx, RequestHeaders headers, Scope needed, Anonymous anonymous) {
        return caller(headers, ctx.remoteAddress().getAddress(), needed, anonymous);
    }

    Caller caller(RequestHeaders headers, InetAddress remote, Scope needed, Anonymous anonymous) {
        String secret = secret(headers);
        if (secret == null) {
            if (anonymous == Anonymous.LOOPBACK && remote.isLoopbackAddress() && isDirect(headers)) {
                return new Caller(defaultOrganization, EnumSet.of(needed), Set.of(), true);
            }
            throw new Refusal(Refusal.Kind.UNAUTHENTICATED, "Authorization: missing (expected: Bearer <token>)");
        }
        if (!tokens.ready()) {
            // A client drops its data on 401, so not knowing yet must not look like a wrong token.
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "the tokens are not loaded yet, try again");
        }
        Token token = tokens.find(secret)
                .filter(found -> found.getRevokedAt() == null)
                .orElseThrow(() ->
                        new Refusal(Refusal.Kind.UNAUTHENTICATED, "Authorization: the token is unknown or revoked"));
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        token.getScopes().forEach(name -> Scope.named(name).ifPresent(scopes::add));
        Caller caller = new Caller(token.getOrgId(), scopes, organizationIds(token), false);
        if (!caller.may(needed)) {
            throw new Refusal(
                    Refusal.Kind.FORBIDDEN,
                    "Authorization: the token's scopes are " + String.join(", ", token.getScopes()) + " (expected: "
                            + needed.scopeName() + ")");
        }
        return caller;
    }

    private static Set<String> organizationIds(Token token) {
        if (token.getOrganizationIds().isEmpty()
                && UUID.matcher(token.getOrgId()).matches()) {
            return Set.of(token.getOrgId());
        }
        return Set.copyOf(token.getOrganizationIds());
    }

    /** Null: no credentials at all. What is not a usable credential is a wrong one, never none. */
    private static @Nullable String secret(RequestHeaders headers) {
        String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
        if (authorization == null) {
            return null;
        }
        String[] parts = authorization.strip().split("\\s+", 2);
        if (parts.length == 2 && parts[0].equalsIgnoreCase("Bearer")) {
            return parts[1];
        }
        if (parts.length == 2 && parts[0].equalsIgnoreCase("Basic")) {
            return basicPassword(parts[1]);
        }
        throw new Refusal(Refusal.Kind.UNAUTHENTICATED, "Authorization: not usable (expected: Bearer <token>)");
    }

    /** The token as password of any user: what a browser sends when it is asked by the start page. */
    private static String basicPassword(String credentials) {
        try {
            String decoded = new String(Base64.getDecoder().decode(credentials), StandardCharsets.UTF_8);
            return decoded.substring(decoded.indexOf(':') + 1);
        } catch (IllegalArgumentException e) {
            throw new Refusal(
                    Refusal.Kind.UNAUTHENTICATED, "Authorization: not base64 (expected: Basic <user:token in base64>)");
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
