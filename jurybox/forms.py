"""How forms look: one template for a form and one for a field, so that ``{{ form }}`` is enough on any page."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Render forms with templates/components/form.html and field.html."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
