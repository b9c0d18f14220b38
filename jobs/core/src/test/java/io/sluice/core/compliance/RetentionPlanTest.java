package io.sluice.core.compliance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.compliance.RetentionPlan.Part;
import io.sluice.core.compliance.RetentionPlan.Person;
import io.sluice.schema.RetentionClass;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetentionPlanTest {
    private static final Person KIM = new Person(Set.of("Kim@Example.com", "acc-kim"), Set.of("legal"));
    private static final Person LEE = new Person(Set.of("lee@example.com"), Set.of("legal", "sales"));
    private static final Person MAX = new Person(Set.of("max@example.com"), Set.of());

    /** A class is product/group/days, - for every one; the answers are the days after which content of each is deleted. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "none,                            0,   0,   0",
        "-/-/100,                         100, 100, 100",
        // A group keeps longer, or shorter, than everybody.
        "-/-/100 -/legal/900,             900, 900, 100",
        "-/-/100 -/legal/30,              30,  30,  100",
        // Two groups of one person: the longer.
        "-/legal/30 -/sales/900,          30,  900, 0",
        "-/-/5 -/legal/30 -/sales/20,     30,  30,  5",
        // A product before every product, also when it is shorter.
        "-/-/900 chat/-/100,              100, 100, 100",
        "-/legal/900 chat/legal/100,      100, 100, 0",
        // A group before a product.
        "chat/-/100 -/legal/900,          900, 900, 100",
        // Of another product alone.
        "code/-/100 code/legal/900,       0,   0,   0",
        "code/-/100 -/sales/900,          0,   900, 0",
        // Two of one level: the longer.
        "-/-/100 -/-/200,                 200, 200, 200",
    })
    void whoseChatsAreDeletedWhen(String classes, int kim, int lee, int max) {
        List<RetentionClass> given = new ArrayList<>();
        for (String text : classes.trim().split(" ")) {
            String[] parts = text.split("/");
            if (parts.length == 3) {
                given.add(RetentionClass.newBuilder()
                        .setId("c" + given.size())
                        .setProduct(parts[0].equals("-") ? null : parts[0])
                        .setGroupId(parts[1].equals("-") ? null : parts[1])
                        .setDays(Integer.parseInt(parts[2]))
                        .build());
            }
        }
        for (int seed = 0; seed < 5; seed++) {
            Collections.shuffle(given, new Random(seed));
            List<Part> plan = RetentionPlan.of(given, List.of("chat", "code"), List.of(KIM, LEE, MAX));

            assertThat(days(plan, "chat", "kim@example.com")).isEqualTo(kim);
            assertThat(days(plan, "chat", "acc-kim")).isEqualTo(kim);
            assertThat(days(plan, "chat", "lee@example.com")).isEqualTo(lee);
            assertThat(days(plan, "chat", "max@example.com")).isEqualTo(max);
            assertThat(days(plan, "chat", "nobody@example.com")).isEqualTo(max);
        }
    }

    @Test
    void aSharedLabelIsKeptAsLongAsThePersonWhoKeepsItLongest() {
        Person other = new Person(Set.of("kim@example.com"), Set.of());
        List<RetentionClass> legal = List.of(RetentionClass.newBuilder()
                .setId("c")
                .setGroupId("legal")
                .setDays(30)
                .build());
        assertThat(days(RetentionPlan.of(legal, List.of(), List.of(KIM, other)), "chat", "kim@example.com"))
                .isZero();
    }

    /** 0: never. That two parts would delete it at different times is a mistake, unless it is the shorter of a group. */
    private static int days(List<Part> plan, String product, String label) {
        return plan.stream()
                .filter(part -> part.product() == null || part.product().equals(product))
                .filter(part -> part.labels().isEmpty()
                        ? !part.keptLonger().contains(label)
                        : part.labels().contains(label))
                .mapToInt(Part::days)
                .min()
                .orElse(0);
    }
}
