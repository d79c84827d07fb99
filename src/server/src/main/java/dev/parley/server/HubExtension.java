package dev.parley.server;

import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.Bean;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.enterprise.inject.spi.ProcessManagedBean;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Optional;

/**
 * Makes a bean of each part of the hub, by its type: servlets, filters, resources and endpoints get them injected, and
 * a new part needs no producer method. A {@link Dependent} bean is the part itself, without a proxy.
 */
public class HubExtension implements Extension {
    /** Written while CDI starts, before any bean is made. */
    private volatile Optional<Bean<HubProducer>> producer = Optional.empty();

    /** Remembers the bean: on Payara and GlassFish a look-up by an extension does not see the beans of the WAR. */
    void found(@Observes ProcessManagedBean<HubProducer> event) {
        producer = Optional.of(event.getBean());
    }

    void addParts(@Observes AfterBeanDiscovery discovery, BeanManager beans) {
        for (RecordComponent part : Hub.Parts.class.getRecordComponents()) {
            discovery
                    .addBean()
                    .beanClass(HubProducer.class)
                    .id(HubExtension.class.getName() + "." + part.getName())
                    .addType(part.getType())
                    .scope(Dependent.class)
                    .produceWith(none -> value(part, producer(beans).parts()));
        }
    }

    private HubProducer producer(BeanManager beans) {
        Bean<HubProducer> bean = producer.orElseThrow();
        return (HubProducer) beans.getReference(bean, HubProducer.class, beans.createCreationalContext(bean));
    }

    private static Object value(RecordComponent part, Hub.Parts parts) {
        try {
            return part.getAccessor().invoke(parts);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("The hub's part '" + part.getName() + "' cannot be read.", e);
        }
    }
}
