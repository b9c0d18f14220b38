package io.sluice.standalone;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What has to be true before anything is started. */
final class Requirements {
    static final long LEAST_FREE_BYTES = 2L << 30;

    /** Of the Compliance API. */
    private static final int MOST_PER_MINUTE = 600;

    private Requirements() {}

    /** @throws CommandException naming every port that is taken, and its setting */
    static void requireFreePorts(Settings settings) {
        List<String> problems = new ArrayList<>();
        for (Setting setting : Settings.ports()) {
            int port = settings.number(setting);
            String problem = problem(port);
            if (problem != null) {
                problems.add(setting.variable() + ": " + port + " cannot be used, " + problem
                        + " (expected: a free port; set another, for example " + setting.variable() + "="
                        + suggestion(port) + ")");
            }
        }
        if (!problems.isEmpty()) {
            throw new CommandException(String.join(System.lineSeparator(), problems));
        }
    }

    /** Null: the port is free on loopback. */
    private static @Nullable String problem(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            // A port whose former connections still fade away is free.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
            return null;
        } catch (IOException e) {
            return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        }
    }

    private static int suggestion(int port) {
        return port < 50_000 ? port + 10_000 : port - 10_000;
    }

    /**
     * Where there is a key to read reports with.
     *
     * @throws CommandException naming every setting that the job which reads them would refuse
     */
    static void requireReports(Settings settings) {
        if (settings.text(Setting.REPORTED_KEY_FILE).isEmpty()) {
            return;
        }
        List<String> problems = new ArrayList<>();
        requireUpstream(settings, Setting.REPORTED_KEY_FILE, Setting.REPORTED_URL, Setting.REPORTED_FROM, problems);
        if (!problems.isEmpty()) {
            throw new CommandException(String.join(System.lineSeparator(), problems));
        }
    }

    /**
     * Where there is a key to read conversations and activities with.
     *
     * @throws CommandException naming every setting that the job which reads them would refuse
     */
    static void requireCompliance(Settings settings) {
        if (settings.text(Setting.COMPLIANCE_KEY_FILE).isEmpty()) {
            return;
        }
        List<String> problems = new ArrayList<>();
        requireUpstream(
                settings, Setting.COMPLIANCE_KEY_FILE, Setting.COMPLIANCE_URL, Setting.COMPLIANCE_FROM, problems);
        int perMinute = settings.number(Setting.COMPLIANCE_REQUESTS_PER_MINUTE);
        if (perMinute > MOST_PER_MINUTE) {
            problems.add(Setting.COMPLIANCE_REQUESTS_PER_MINUTE.variable() + ": " + perMinute + " (expected: 1 to "
                    + MOST_PER_MINUTE + ")");
        } else if (settings.number(Setting.COMPLIANCE_RESERVE) >= perMinute) {
            problems.add(Setting.COMPLIANCE_RESERVE.variable() + ": " + settings.number(Setting.COMPLIANCE_RESERVE)
                    + " (expected: less than " + Setting.COMPLIANCE_REQUESTS_PER_MINUTE.variable() + ", " + perMinute
                    + ")");
        }
        if (!problems.isEmpty()) {
            throw new CommandException(String.join(System.lineSeparator(), problems));
        }
    }

    private static void requireUpstream(
            Settings settings, Setting keyFile, Setting address, Setting begin, List<String> problems) {
        String file = settings.text(keyFile);
        if (!Files.isReadable(Path.of(file))) {
            problems.add(keyFile.variable() + ": " + file
                    + " cannot be read (expected: a file with a key of the organization at Anthropic)");
        }
        String url = settings.text(address);
        if (!url.isEmpty()
                && !url.matches("https://[^/?#@]+.*|http://(localhost|127[0-9.]+|\\[::1])(:[0-9]+)?(/.*)?")) {
            problems.add(address.variable() + ": " + url.length()
                    + " characters (expected: https://…; http only of this machine)");
        }
        String from = settings.text(begin);
        if (!from.isEmpty() && !isDay(from)) {
            problems.add(begin.variable() + ": " + from + " (expected: a day, YYYY-MM-DD, that has begun)");
        }
    }

    /** In UTC, not in the future. However long ago: the job then begins where upstream does. */
    private static boolean isDay(String text) {
        try {
            return !LocalDate.parse(text).isAfter(LocalDate.now(ZoneOffset.UTC));
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    /**
     * @param folder need not exist yet
     * @throws CommandException if the disk that it is on has too little space left
     */
    static void requireSpace(Path folder, long leastBytes) {
        Path existing = folder.toAbsolutePath();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        try {
            long free = Files.getFileStore(existing).getUsableSpace();
            if (free < leastBytes) {
                throw new CommandException("disk of " + folder + ": " + (free >> 20) + " MB free (expected: "
                        + (leastBytes >> 20) + " MB or more; make room, or set another folder with --data or "
                        + Setting.CACHE_DIR.variable() + ")");
            }
        } catch (IOException e) {
            throw new CommandException("disk of " + folder + ": its free space cannot be told: " + e, e);
        }
    }
}
