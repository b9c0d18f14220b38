package io.sluice.simulator;

import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A person of the simulated organization.
 *
 * @param installationId {@code user.id} of the terminal; the desktop application has its own
 * @param team null: none is reported
 * @param workStartMinute minutes after local midnight
 * @param cumulative temporality of the counters
 * @param mainModel what most of the requests use
 * @param mcpServers names, may be empty
 */
record User(
        String email,
        String accountUuid,
        String accountId,
        String installationId,
        String desktopInstallationId,
        @Nullable String team,
        String department,
        ZoneId zone,
        int workStartMinute,
        int workMinutes,
        boolean sendsEvents,
        boolean sendsCounters,
        boolean cumulative,
        boolean sendsTraces,
        String terminal,
        String os,
        String arch,
        Model mainModel,
        List<Repository> repositories,
        List<McpServer> mcpServers) {}
