package dev.parley.server;

import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.Extension;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;

/**
 * Makes a bean of each part of the hub, by its type: servlets, filters, resources and endpoints get them injected, and
 * a new part needs no producer method. A {@link Dependent} bean is the part itself, without a proxy.
 */
public class HubExtension implements Extension {
    void addParts(@Observes AfterBeanDiscovery discovery) {
        for (RecordComponent part : Hub.Parts.class.getRecordComponents()) {
            discovery
                    .addBean()
                    .beanClass(HubProducer.class)
                    .id(HubExtension.class.getName() + "." + part.getName())
                    .addType(part.getType())
                    .scope(Dependent.class)
                    .produceWith(beans ->
                            value(part, beans.select(HubProducer.class).get().parts()));
        }
    }

    private static Object value(RecordComponent part, Hub.Parts parts) {
        try {
            return part.getAccessor().invoke(parts);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("The hub's part '" + part.getName() + "' cannot be read.", e);
        }
    }
}
