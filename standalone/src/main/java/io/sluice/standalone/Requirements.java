package io.sluice.standalone;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What has to be true before anything is started. */
final class Requirements {
    static final long LEAST_FREE_BYTES = 2L << 30;

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

    /** @throws CommandException if the key that reports are read with is named and cannot be read */
    static void requireKey(Settings settings) {
        String file = settings.text(Setting.REPORTED_KEY_FILE);
        if (!file.isEmpty() && !Files.isReadable(Path.of(file))) {
            throw new CommandException(Setting.REPORTED_KEY_FILE.variable() + ": " + file
                    + " cannot be read (expected: a file with a key of the organization at Anthropic)");
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
