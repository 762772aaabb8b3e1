from hypothesis import HealthCheck, settings

settings.register_profile("hashbench", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # CI is shared
settings.load_profile("hashbench")
