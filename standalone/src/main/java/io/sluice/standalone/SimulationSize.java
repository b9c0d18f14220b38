package io.sluice.standalone;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** For example {@code 50x7}: 50 users over 7 days. */
record SimulationSize(int users, int days) {
    private static final Pattern SHAPE = Pattern.compile("([1-9]\\d{0,6})x([1-9]\\d{0,2})");

    static final class Converter implements ITypeConverter<SimulationSize> {
        @Override
        public SimulationSize convert(String value) {
            Matcher matcher = SHAPE.matcher(value);
            if (!matcher.matches()) {
                throw new TypeConversionException(value + " (expected: USERSxDAYS, for example 50x7)");
            }
            return new SimulationSize(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        }
    }
}
