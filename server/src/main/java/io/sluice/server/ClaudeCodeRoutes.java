package io.sluice.server;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.directory.Directory;
import io.sluice.schema.CapSettings;
import java.util.List;
import java.util.Set;
import java.util.function.IntSupplier;

/** What Claude Code asks, and what an administrator gives it so that it asks. */
final class ClaudeCodeRoutes {
    static final String BASE = "/v1/claude-code/";

    private static final String ADDRESS = "address";
    private static final String OTLP_ADDRESS = "otlp_address";

    /** A tool's input may hold whole files. */
    private static final int MAX_BODY_BYTES = 8 * 1024 * 1024;

    private final CapRoutes common;
    private final boolean tls;
    private final IntSupplier otlpPort;
    private final HookLog log;

    private ClaudeCodeRoutes(CapRoutes common, HookLog log, boolean tls, IntSupplier otlpPort) {
        this.common = common;
        this.log = log;
        this.tls = tls;
        this.otlpPort = otlpPort;
    }

    /**
     * The hooks, and the settings that turn them on.
     *
     * @param tls whether this server's listeners speak TLS
     * @param otlpPort of OTLP over HTTP
     */
    static RouteGroup of(CapRoutes common, HookLog log, boolean tls, IntSupplier otlpPort) {
        ClaudeCodeRoutes routes = new ClaudeCodeRoutes(common, log, tls, otlpPort);
        return RouteGroup.json(
                BASE,
                MAX_BODY_BYTES,
                common.self(HttpMethod.POST, Hook.PROMPT.path(), call -> routes.hook(Hook.PROMPT, call)),
                common.self(HttpMethod.POST, Hook.TOOL.path(), call -> routes.hook(Hook.TOOL, call)),
                common.read(BASE + "settings", routes::settings).parameters(Set.of(ADDRESS, OTLP_ADDRESS)));
    }

    /** Whatever the body is: by any other status than 200 the client takes no verdict. */
    private HttpResponse hook(Hook hook, Call call) {
        HookInput input = HookInput.of(call.request().content().array());
        Directory directory = common.directory(call);
        long now = common.store().nowMicros();
        Standing standing = AskingUser.of(call)
                .map(who -> Standing.of(common, call.orgId(), directory, CapMembers.of(directory, who, now), now))
                .orElse(null);
        if (hook == Hook.PROMPT && input.sessionId() != null && input.promptId() != null) {
            log.called(
                    call.orgId(),
                    input.sessionId(),
                    input.promptId(),
                    standing == null ? List.of() : standing.member().labels(),
                    now);
        }
        return Answers.ok(hook.answer(
                input,
                capSettings(call, now),
                standing,
                id -> directory
                        .group(id)
                        .map(group -> group.content().getDisplayName())
                        .orElse(id)));
    }

    private CapSettings capSettings(Call call, long now) {
        return common.store().read(call.orgId(), caps -> caps.caps().settingsAt(now));
    }

    private HttpResponse settings(Call call) {
        ServedAddress asked = ServedAddress.of(call.request().headers(), tls);
        String address = call.parameters().text(ADDRESS);
        String otlpAddress = call.parameters().text(OTLP_ADDRESS);
        ServedAddress rest = address == null ? asked : ServedAddress.of(ADDRESS, address);
        ServedAddress otlp =
                otlpAddress == null ? rest.withPort(otlpPort.getAsInt()) : ServedAddress.of(OTLP_ADDRESS, otlpAddress);
        CapSettings settings = capSettings(call, common.store().nowMicros());
        return Answers.ok(
                ManagedSettings.of(rest, otlp, settings.getUnreachable().equals(CapSettingsRoutes.CLOSED)));
    }
}
