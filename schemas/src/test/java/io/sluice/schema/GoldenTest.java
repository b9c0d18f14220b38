package io.sluice.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.JsonProperties;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.specific.SpecificRecordBase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What was written once can be read for ever. */
class GoldenTest {
    static List<SpecificRecordBase> samples() {
        return Samples.all();
    }

    /** The files are never written again; {@code README.md} says what to do when this fails. */
    @ParameterizedTest
    @MethodSource("samples")
    void oldBytesAreReadAsTheyWereMeant(SpecificRecordBase sample) throws IOException {
        String variant = Samples.variant(sample);
        String name = sample.getSchema().getName() + (variant.isEmpty() ? "" : "-" + variant) + ".bin";
        Path current = Files.createDirectories(Path.of("target/golden")).resolve(name);
        Files.write(current, Codec.encode(sample));
        try (InputStream in = GoldenTest.class.getResourceAsStream("/golden/" + name)) {
            assertThat(in)
                    .as("src/test/resources/golden/%s (for a new record, copy %s there)", name, current)
                    .isNotNull();
            assertThat(Codec.of(sample.getClass()).decode(in.readAllBytes())).isEqualTo(sample);
        }
    }

    /** Tokens of before they could expire, be linked, belong to somebody. */
    @Test
    void firstTokensAreReadWithDefaults() throws IOException {
        try (InputStream in = GoldenTest.class.getResourceAsStream("/golden/Token-1.bin")) {
            assertThat(in).isNotNull();
            assertThat(Codec.of(Token.class).decode(in.readAllBytes()))
                    .isEqualTo(Token.newBuilder(Samples.token())
                            .setExpiresAt(null)
                            .setLinkedOrganizations(List.of())
                            .setUserId(null)
                            .setReplaces(null)
                            .setLastUsedAt(null)
                            .setUserLabel(null)
                            .build());
        }
    }

    @Test
    void tokensOfBeforeLabelsAreReadWithNone() throws IOException {
        try (InputStream in = GoldenTest.class.getResourceAsStream("/golden/Token-2.bin")) {
            assertThat(in).isNotNull();
            assertThat(Codec.of(Token.class).decode(in.readAllBytes()))
                    .isEqualTo(
                            Token.newBuilder(Samples.token()).setUserLabel(null).build());
        }
    }

    /** Messages of before titles, projects, tools and files. */
    @Test
    void messagesOfBeforeToolsAreReadWithNone() throws IOException {
        try (InputStream in = GoldenTest.class.getResourceAsStream("/golden/ContentEvent-1.bin")) {
            assertThat(in).isNotNull();
            assertThat(Codec.of(ContentEvent.class).decode(in.readAllBytes()))
                    .isEqualTo(ContentEvent.newBuilder(Samples.contentEvent())
                            .setTitle(null)
                            .setProjectId(null)
                            .setToolNames(List.of())
                            .setToolText(null)
                            .setFiles(List.of())
                            .setDeletedUpstreamAt(null)
                            .build());
        }
    }

    /** Settings of before Claude Code asked: it warns, and goes on when nobody answers. */
    @Test
    void settingsOfBeforeTheHooksAreReadWithDefaults() throws IOException {
        CapSettings expected = CapSettings.newBuilder(Samples.capSettings())
                .setEnforcement("warn")
                .setUnreachable("open")
                .setWriteUpstream(false)
                .build();
        try (InputStream in = GoldenTest.class.getResourceAsStream("/golden/CapSettings-1.bin")) {
            assertThat(in).isNotNull();
            assertThat(Codec.of(CapSettings.class).decode(in.readAllBytes())).isEqualTo(expected);
        }
        try (InputStream in = GoldenTest.class.getResourceAsStream("/golden/CapVersion-settings-1.bin")) {
            assertThat(in).isNotNull();
            assertThat(Codec.of(CapVersion.class).decode(in.readAllBytes()).getSettings())
                    .isEqualTo(expected);
        }
    }

    /** A cell written before the directory: its team is telemetry's, and it is of no segment. */
    @Test
    void cellsWithoutSegmentAreReadAsTheyWereMeant() throws IOException {
        SpendCell expected = withoutTerminal(Samples.spendCell());
        expected.setTeamSource("telemetry");
        expected.setSegmentAt(0);
        assertThat(golden("SpendCell-1", SpendCell.class)).isEqualTo(expected);
    }

    /** Their attributes still say it, if it was told; their cells are those that they were booked in. */
    @Test
    void recordsOfBeforeTerminalsAreReadWithNone() throws IOException {
        assertThat(golden("SpendCell-2", SpendCell.class)).isEqualTo(withoutTerminal(Samples.spendCell()));
        UsageEvent usage = Samples.usageEvent();
        usage.setTerminal(null);
        usage.setRemote(false);
        assertThat(golden("UsageEvent-1", UsageEvent.class)).isEqualTo(usage);
        CounterPoint point = Samples.counterPoint();
        point.setTerminal(null);
        point.setRemote(false);
        assertThat(golden("CounterPoint-1", CounterPoint.class)).isEqualTo(point);
        ActivityEvent activity = Samples.activityEvent();
        activity.setTerminal(null);
        activity.setRemote(false);
        assertThat(golden("ActivityEvent-1", ActivityEvent.class)).isEqualTo(activity);
    }

    @Test
    void alertsOfBeforeDetailsAreReadWithNone() throws IOException {
        Alert alert = Samples.alert();
        alert.setDetails(Map.of());
        assertThat(golden("Alert-1", Alert.class)).isEqualTo(alert);
    }

    @Test
    void rowsOfBeforeLateFactsAreReadWithNone() throws IOException {
        CodeMetricRow row = Samples.codeMetricRow();
        row.setFactsLate(0);
        assertThat(golden("CodeMetricRow-1", CodeMetricRow.class)).isEqualTo(row);
    }

    private static SpendCell withoutTerminal(SpendCell cell) {
        cell.setTerminal(null);
        cell.setRemote(false);
        return cell;
    }

    @Test
    void sumsWithoutCutsAreReadWithNone() throws IOException {
        try (InputStream in = GoldenTest.class.getResourceAsStream("/golden/SpendMonth-1.bin")) {
            assertThat(in).isNotNull();
            SpendMonth expected = Samples.spendMonth();
            expected.setCuts(List.of());
            expected.setCutMicros(List.of());
            assertThat(Codec.of(SpendMonth.class).decode(in.readAllBytes())).isEqualTo(expected);
        }
    }

    @Test
    void organizationsWithoutDefaultTierAreReadWithNone() throws IOException {
        try (InputStream in = GoldenTest.class.getResourceAsStream("/golden/DirectoryOrganization-1.bin")) {
            assertThat(in).isNotNull();
            DirectoryOrganization expected = Samples.directoryOrganization();
            expected.setDefaultSeatTier(null);
            expected.setAnalyticsPrivacy("named");
            expected.setMinimumGroupSize(5);
            assertThat(Codec.of(DirectoryOrganization.class).decode(in.readAllBytes()))
                    .isEqualTo(expected);
        }
        try (InputStream in = GoldenTest.class.getResourceAsStream("/golden/DirectoryVersion-organization-1.bin")) {
            assertThat(in).isNotNull();
            DirectoryOrganization found =
                    Codec.of(DirectoryVersion.class).decode(in.readAllBytes()).getOrganization();
            assertThat(found.getDefaultRoleIds()).containsExactly("rol_2");
            assertThat(found.getDefaultSeatTier()).isNull();
        }
    }

    @Test
    void organizationsWithoutPrivacyAreReadAsNamed() throws IOException {
        for (String name : List.of("DirectoryOrganization-2", "DirectoryVersion-organization-2")) {
            try (InputStream in = GoldenTest.class.getResourceAsStream("/golden/" + name + ".bin")) {
                assertThat(in).isNotNull();
                byte[] bytes = in.readAllBytes();
                DirectoryOrganization found = name.startsWith("DirectoryOrganization")
                        ? Codec.of(DirectoryOrganization.class).decode(bytes)
                        : Codec.of(DirectoryVersion.class).decode(bytes).getOrganization();
                assertThat(found.getDefaultSeatTier()).isEqualTo("standard");
                assertThat(found.getAnalyticsPrivacy()).isEqualTo("named");
                assertThat(found.getMinimumGroupSize()).isEqualTo(5);
            }
        }
    }

    /** Caps of before requests, and before they were written through. */
    @Test
    void firstCapsAreReadWithDefaults() throws IOException {
        CapSettings settings = golden("CapSettings-1", CapSettings.class);
        assertThat(settings.getWarningPercent()).isEqualTo(80);
        assertThat(settings.getWriteUpstream()).isFalse();
        assertThat(golden("CapVersion-settings-1", CapVersion.class).getSettings())
                .isEqualTo(settings);
        CapVersion cap = golden("CapVersion-cap-1", CapVersion.class);
        assertThat(cap.getCap().getReason()).isEqualTo("release week");
        assertThat(cap.getIncreaseRequest()).isNull();
    }

    @Test
    void firstMembershipsAreReadWithoutDisplay() throws IOException {
        DirectoryMembership membership = golden("DirectoryMembership-1", DirectoryMembership.class);
        assertThat(membership.getUserId()).isEqualTo("usr_1");
        assertThat(membership.getWithDisplay()).isFalse();
        assertThat(golden("DirectoryVersion-membership-1", DirectoryVersion.class)
                        .getMembership())
                .isEqualTo(membership);
    }

    private static <T extends SpecificRecordBase> T golden(String name, Class<T> type) throws IOException {
        try (InputStream in = GoldenTest.class.getResourceAsStream("/golden/" + name + ".bin")) {
            assertThat(in).as(name).isNotNull();
            return Codec.of(type).decode(in.readAllBytes());
        }
    }

    @Test
    void everyRecordHasASample() throws IOException {
        Set<String> sampled = Samples.all().stream()
                .map(sample -> sample.getClass().getSimpleName())
                .collect(Collectors.toSet());
        try (Stream<Path> classes = Files.list(Path.of("target/classes/io/sluice/schema"))) {
            List<String> records = classes.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".class") && file.indexOf('$') < 0)
                    .map(file -> file.substring(0, file.length() - ".class".length()))
                    .filter(GoldenTest::isRecord)
                    .toList();
            assertThat(records).isNotEmpty();
            assertThat(sampled).containsExactlyInAnyOrderElementsOf(records);
        }
    }

    private static boolean isRecord(String name) {
        try {
            return SpecificRecordBase.class.isAssignableFrom(Class.forName("io.sluice.schema." + name));
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    /** Sample values are worth something only where they differ from what an old record would get. */
    @ParameterizedTest
    @MethodSource("samples")
    void samplesSetEveryFieldToSomethingElseThanItsDefault(SpecificRecordBase sample) {
        List<SpecificRecordBase> variants = Samples.all().stream()
                .filter(other -> other.getSchema().equals(sample.getSchema()))
                .toList();
        for (Schema.Field field : sample.getSchema().getFields()) {
            if (field.hasDefaultValue()) {
                Object standard = field.defaultVal() == JsonProperties.NULL_VALUE ? null : field.defaultVal();
                assertThat(variants)
                        .as(field.name())
                        .extracting(variant -> variant.get(field.pos()))
                        .anySatisfy(value -> assertThat(value)
                                .isNotEqualTo(
                                        standard instanceof Integer && value instanceof Long
                                                ? ((Integer) standard).longValue()
                                                : standard));
            }
        }
    }

    /** Exactly one document, and the kind is its name. */
    @Test
    void everyKindOfDirectoryVersionHasASample() {
        List<String> documents = DirectoryVersion.getClassSchema().getFields().stream()
                .filter(field -> field.schema().getType() == Schema.Type.UNION)
                .map(Schema.Field::name)
                .toList();
        List<DirectoryVersion> versions = Samples.all().stream()
                .filter(DirectoryVersion.class::isInstance)
                .map(DirectoryVersion.class::cast)
                .toList();
        assertThat(versions)
                .extracting(version -> version.getKind().replace('-', '_'))
                .containsExactlyInAnyOrderElementsOf(documents);
        assertThat(versions)
                .allSatisfy(version -> assertThat(documents)
                        .filteredOn(document -> version.get(document) != null)
                        .containsExactly(version.getKind().replace('-', '_')));
    }

    /** Times had Avro's logical type once, which makes the generated code slow. The schema's identity is the same. */
    @ParameterizedTest
    @MethodSource("samples")
    void logicalTypesDoNotChangeTheFingerprint(SpecificRecordBase sample) {
        Schema schema = sample.getSchema();
        List<Schema.Field> fields = new ArrayList<>();
        for (Schema.Field field : schema.getFields()) {
            Schema type = field.schema().getType() == Schema.Type.LONG
                    ? LogicalTypes.timestampMicros().addToSchema(Schema.create(Schema.Type.LONG))
                    : field.schema();
            fields.add(new Schema.Field(field.name(), type, field.doc(), field.defaultVal()));
        }
        Schema typed = Schema.createRecord(schema.getName(), schema.getDoc(), schema.getNamespace(), false, fields);
        assertThat(SchemaNormalization.parsingFingerprint64(typed))
                .isEqualTo(SchemaNormalization.parsingFingerprint64(schema));
    }
}
