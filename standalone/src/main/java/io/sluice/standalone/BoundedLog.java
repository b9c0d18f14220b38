package io.sluice.standalone;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/** A file that what it is given is added to; when it is full it becomes {@code <name>.1}, in place of an older one. */
final class BoundedLog implements AutoCloseable {
    private static final String START = "--- ";
    private static final int END_BYTES = 16_384;
    private static final Pattern PROBLEM = Pattern.compile("\\b(ERROR|FATAL|fatal)\\b|Exception|Error:|Caused by");

    private final Path file;
    private final long mostBytes;
    private OutputStream out;
    private long bytes;

    BoundedLog(Path file, long mostBytes) throws IOException {
        this.file = file;
        this.mostBytes = mostBytes;
        this.out = open();
        this.bytes = Files.size(file);
    }

    private OutputStream open() throws IOException {
        return Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    void write(byte[] buffer, int length) throws IOException {
        if (bytes > 0 && bytes + length > mostBytes) {
            out.close();
            Files.move(
                    file,
                    file.resolveSibling(file.getFileName() + ".1"),
                    StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.ATOMIC_MOVE);
            out = open();
            bytes = 0;
        }
        out.write(buffer, 0, length);
        bytes += length;
    }

    void writeLine(String line) throws IOException {
        byte[] encoded = (line + "\n").getBytes(StandardCharsets.UTF_8);
        write(encoded, encoded.length);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /** Begins what one start of a process prints. */
    void writeStart(long pid) throws IOException {
        writeLine(START + Instant.now() + " started, process " + pid);
    }

    /** Of the last start, the last lines that tell of a problem; if none does, the last lines. */
    static List<String> problemLines(Path file, int count) throws IOException {
        List<String> lines = lastLines(file, Integer.MAX_VALUE);
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (lines.get(i).startsWith(START)) {
                lines = lines.subList(i + 1, lines.size());
                break;
            }
        }
        List<String> problems =
                lines.stream().filter(line -> PROBLEM.matcher(line).find()).toList();
        return last(problems.isEmpty() ? lines : problems, count);
    }

    private static List<String> last(List<String> lines, int count) {
        return lines.subList(Math.max(0, lines.size() - count), lines.size());
    }

    /** The last lines of a file; none if there is no file. Looks at its last 16 KiB only. */
    static List<String> lastLines(Path file, int count) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            channel.position(Math.max(0, channel.size() - END_BYTES));
            List<String> lines = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            return last(lines, count);
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }
}
