package io.sluice.standalone;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.audit.AuditCheckpoint;
import io.sluice.core.audit.AuditVerifier;
import io.sluice.core.audit.CanonicalJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "verify",
        description = {
            "Finds out whether the audit was bent, and names the first bad record.",
            "With --receipt: whether the receipt of an erasure is as it was signed."
        },
        mixinStandardHelpOptions = true,
        footer = "Exit codes: 0 it holds together, 1 it does not.")
final class AuditVerifyCommand implements Callable<Integer> {
    /** A line is what was hashed, or it is none. */
    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final Pattern KNOWN = Pattern.compile("([0-9]{1,15}):([0-9a-f]{64})");
    private static final long AGAIN_MILLIS = 500;

    @Mixin
    private Common common = new Common();

    @Option(
            names = "--organization",
            paramLabel = "ID",
            description = "Whose audit it has to be (default: the token's; with --file: that of the first record).")
    private @Nullable String organization;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "A file of ./sluice audit export. Nothing is asked of Sluice.")
    private @Nullable Path file;

    @Option(
            names = "--known",
            paramLabel = "NUMBER:HASH",
            description = "What is known of the chain from elsewhere: record NUMBER has this hash. May be repeated.")
    private List<String> known = List.of();

    @Option(
            names = "--receipt",
            paramLabel = "FILE",
            description = "A receipt as ./sluice erasures receipt writes it. Nothing is asked of Sluice.")
    private @Nullable Path receipt;

    @Option(
            names = "--public-key",
            paramLabel = "KEY",
            description = "With --receipt: the key that it has to be signed by, in base64, from elsewhere.")
    private @Nullable String publicKey;

    @Option(
            names = "--patience",
            paramLabel = "SECONDS",
            defaultValue = "15",
            description = "How long to wait for records that are on their way (default: ${DEFAULT-VALUE}).")
    private int patience = 15;

    @Override
    public Integer call() throws InterruptedException, IOException {
        if (receipt != null) {
            ReceiptCheck check = ReceiptCheck.of(receipt, publicKey);
            int unused = common.answer(check.json(), check.text());
            return check.problem() == null ? 0 : 1;
        }
        List<AuditCheckpoint> told = new ArrayList<>();
        for (String each : known) {
            Matcher parts = KNOWN.matcher(each);
            if (!parts.matches()) {
                throw new CommandException("--known: " + each + " (expected: a number, a colon, 64 hex digits)");
            }
            told.add(new AuditCheckpoint(Long.parseLong(parts.group(1)), parts.group(2)));
        }
        Result result = file == null ? ofServer(told) : ofFile(file, told);
        AuditVerifier.Fault fault = result.verifier().end().orElse(null);
        if (common.json) {
            common.printJson(json(result, fault));
        } else {
            common.print(text(result, fault));
        }
        return fault == null ? 0 : 1;
    }

    /** @param whose organization */
    private record Result(String whose, AuditVerifier verifier) {}

    private Result ofServer(List<AuditCheckpoint> told) throws InterruptedException, IOException {
        Api api = new Api(common.settings());
        JsonNode head = api.get(AuditCommand.AUDIT + "/head", List.of());
        long end = head.path("number").asLong();
        if (end > 0) {
            told.add(checkpoint(head));
        }
        head.path("checkpoints").forEach(each -> told.add(checkpoint(each)));
        String whose = organization != null ? organization : head.path("org_id").asText();
        AuditVerifier verifier = new AuditVerifier(whose, told);
        awaitEntries(api, end);
        try (Bar bar = Bar.of("verifying", end, " records", 1)) {
            AuditCommand.walk(api, new AuditCommand.Pages() {
                @Override
                public void add(JsonNode answer) {
                    verifier.addPage(answer);
                    bar.at(verifier.number());
                }

                @Override
                public boolean enough() {
                    return verifier.isDecided();
                }
            });
        }
        return new Result(whose, verifier);
    }

    private static AuditCheckpoint checkpoint(JsonNode json) {
        return new AuditCheckpoint(
                json.path("number").asLong(), json.path("hash").asText());
    }

    /** The newest are searchable a little after they are chained. */
    private void awaitEntries(Api api, long end) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(patience);
        while (System.nanoTime() - deadline < 0) {
            JsonNode newest = api.get(AuditCommand.AUDIT, List.of(new Api.Parameter("limit", "1")));
            if (newest.path("data").path(0).path("number").asLong() >= end) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
        }
    }

    private Result ofFile(Path from, List<AuditCheckpoint> told) throws IOException {
        String whose = organization;
        AuditVerifier verifier = whose == null ? null : new AuditVerifier(whose, told);
        // Bytes that are no text become characters that do not fit.
        try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(Files.newInputStream(from), StandardCharsets.UTF_8));
                Bar bar = Bar.of("verifying", -1, " records", 1)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty()) {
                    continue;
                }
                JsonNode entry = read(line);
                if (verifier == null) {
                    whose = entry.path("org_id").asText();
                    verifier = new AuditVerifier(whose, told);
                }
                verifier.add(entry, isSpelled(entry, line) ? List.of() : List.of("line"));
                bar.at(verifier.number());
                if (verifier.isDecided()) {
                    break;
                }
            }
        }
        return new Result(whose == null ? "" : whose, verifier == null ? new AuditVerifier("", told) : verifier);
    }

    private static JsonNode read(String line) {
        try {
            return STRICT.readTree(line);
        } catch (JsonProcessingException e) {
            return Api.JSON.getNodeFactory().textNode(line);
        }
    }

    private static boolean isSpelled(JsonNode entry, String line) {
        try {
            return CanonicalJson.of(entry).equals(line);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static ObjectNode json(Result result, AuditVerifier.@Nullable Fault fault) {
        ObjectNode json = Api.JSON.createObjectNode();
        json.put("valid", fault == null)
                .put("organization", result.whose())
                .put("records", result.verifier().number())
                .put("hash", result.verifier().hash())
                .put("confirmed", result.verifier().confirmed());
        if (fault == null) {
            return json.putNull("fault");
        }
        json.putObject("fault")
                .put("kind", fault.kind().name().toLowerCase(Locale.ROOT))
                .put("number", fault.number())
                .put("event_id", fault.eventId())
                .put("message", fault.message());
        return json;
    }

    private static String text(Result result, AuditVerifier.@Nullable Fault fault) {
        AuditVerifier verifier = result.verifier();
        if (fault == null) {
            String end = System.lineSeparator();
            return "The audit of " + Table.printable(result.whose()) + " holds together: "
                    + Table.count(verifier.number())
                    + " records." + end + "last hash: " + verifier.hash() + end
                    + (verifier.confirmed() > 0
                            ? "The newest that is known from elsewhere is record " + Table.count(verifier.confirmed())
                                    + ": it fits."
                            : "Nothing is known of it from elsewhere, so that records at its end may be missing.");
        }
        return Table.printable("Bad record: " + fault.number()
                + (fault.eventId() == null ? "" : " (" + fault.eventId() + ")") + ", "
                + fault.kind().name().toLowerCase(Locale.ROOT) + ": " + fault.message());
    }
}
