"""CMS Online Monitoring (OMS): runs and lumisections as it serves or exports them."""
