package io.sluice.core.spend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SessionTest {
    private record Naming(String user, long at) {}

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 50);
    }

    /** Each name is the person's or another's, also after a restart. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void personAndOthersAreThoseOfTheRecords(long seed) {
        Random random = new Random(seed);
        List<Naming> namings = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            namings.add(new Naming("user" + random.nextInt(5) + "@example.com", random.nextInt(6)));
        }
        String earliest = Collections.min(
                        namings, (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : a.user.compareTo(b.user))
                .user;
        Collections.shuffle(namings, random);
        Session session = new Session();
        List<byte[]> saved = new ArrayList<>();
        for (Naming naming : namings) {
            String before = session.person.user();
            boolean renamed = session.learn(naming.user, naming.at);
            assertThat(renamed)
                    .as("seed %d", seed)
                    .isEqualTo(!String.valueOf(session.person.user()).equals(before));
            if (random.nextInt(3) == 0) {
                if (session.savesAll()) {
                    saved.clear();
                }
                saved.add(session.save());
                session = Session.restore(saved);
            }
        }
        TreeSet<String> others =
                new TreeSet<>(namings.stream().map(Naming::user).toList());
        others.remove(earliest);
        assertThat(session.person.user()).as("seed %d", seed).isEqualTo(earliest);
        assertThat(session.others()).as("seed %d", seed).isEqualTo(others);
    }

    @Test
    void othersAreBounded() {
        Session session = new Session();
        IntStream.range(0, 1_000).forEach(i -> session.learn("user" + i + "@example.com", 1_000 - i));
        assertThat(session.person.user()).isEqualTo("user999@example.com");
        assertThat(session.others()).hasSize(64);
    }
}
